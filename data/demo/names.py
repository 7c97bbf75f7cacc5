"""Invented names: plausible Chinese, with an English name; none is meant to be a real place, none is a person's."""

from typing import TypeVar

import numpy as np

from data.demo.chance import stream

_T = TypeVar("_T")


def _pairs(table: str) -> dict[str, str]:
    """Signs with their sound."""
    return dict(pair.split(":") for pair in table.split())


_FIRST = _pairs("""
    云:Yun 柳:Liu 石:Shi 清:Qing 白:Bai 青:Qing 松:Song 梅:Mei 桃:Tao 杨:Yang 双:Shuang 南:Nan 北:Bei 东:Dong 大:Da
    长:Chang 新:Xin 金:Jin 银:Yin 安:An 永:Yong 和:He 兴:Xing 福:Fu 平:Ping 高:Gao 赤:Chi 竹:Zhu 荷:He 莲:Lian 芦:Lu
    枫:Feng 槐:Huai 榆:Yu 桑:Sang 沙:Sha 花:Hua 凤:Feng 鹤:He 雁:Yan 马:Ma 龙:Long 九:Jiu 三:San 上:Shang 下:Xia
""")
_SECOND = _pairs("""
    溪:xi 塘:tang 桥:qiao 泉:quan 湖:hu 岭:ling 坡:po 湾:wan 洲:zhou 渡:du 港:gang 埠:bu 墩:dun 岗:gang
    井:jing 坝:ba 林:lin 园:yuan 坪:ping 原:yuan 滨:bin 丰:feng 汀:ting 浦:pu
""")
_CLAN = _pairs("""
    赵:Zhao 钱:Qian 孙:Sun 李:Li 周:Zhou 吴:Wu 郑:Zheng 王:Wang 冯:Feng 陈:Chen 蒋:Jiang 沈:Shen 韩:Han 朱:Zhu 秦:Qin
    许:Xu 何:He 吕:Lyu 孔:Kong 曹:Cao 严:Yan 魏:Wei 陶:Tao 姜:Jiang 谢:Xie 邹:Zou 苏:Su 潘:Pan 葛:Ge 范:Fan 彭:Peng
    鲁:Lu 袁:Yuan 唐:Tang 薛:Xue 雷:Lei
""")
_HOME = _pairs("庄:zhuang 楼:lou 圩:wei 屯:tun 营:ying 店:dian 沟:gou 塘:tang 桥:qiao 湾:wan 集:ji 寨:zhai")
#: real townships of the counties whose sizes we borrow; not ours to use
_TAKEN = {"桃林", "石湖", "双店", "青湖", "高桥", "安峰", "白塔"}
_MAIN_STREETS = """
    人民 建设 文化 解放 迎宾 振兴 光明 幸福 友谊 府前 站前 学府 朝阳 富民 育才 健康 和谐 锦绣 西苑 东苑 南苑 北苑 创业
    工农 向阳 新华 利民 惠民 康宁 平安 丰收 前进 胜利 中兴 太平 文昌 市场 体育 水利 粮库
"""
_NUMERALS = "一二三四五六七八九十"

KIND_ENDINGS = {
    "street": ("街道", "Subdistrict"),
    "town": ("镇", "Town"),
    "township": ("乡", "Township"),
    "community": ("社区", "Community"),
    "village": ("村", "Village"),
}


def _shuffled(values: list[_T], rng: np.random.Generator) -> list[_T]:
    return [values[place] for place in rng.permutation(len(values))]


class Namer:
    """Hands out names, each only once."""

    def __init__(self, seed: int) -> None:
        rng = stream(seed, "names")
        lands = [(a + b, _FIRST[a] + _SECOND[b]) for a in _FIRST for b in _SECOND if a + b not in _TAKEN]
        clans = [(a + b, _CLAN[a] + _HOME[b]) for a in _CLAN for b in _HOME]
        self._lands = _shuffled(lands, rng)
        self._clans = _shuffled(clans, rng)

    def division(self, kind: str, *, is_clan: bool = False) -> tuple[str, str]:
        """The Chinese and the English name of a division of this kind."""
        zh, en = (self._clans if is_clan and self._clans else self._lands).pop()
        ending, ending_en = KIND_ENDINGS[kind]
        return zh + ending, f"{en} {ending_en}"


class StreetNamer:
    """Street names of one town."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._main = _shuffled(_MAIN_STREETS.split(), rng)
        self._more = _shuffled([first + second for first in _FIRST for second in _SECOND], rng)

    def name(self, kind: str, *, is_eastward: bool) -> str | None:
        """A new name for a street of this class; footpaths and tracks have none."""
        if kind in {"primary", "secondary", "tertiary"}:
            stem = (self._main or self._more).pop()
            return stem + ("大道" if kind != "tertiary" else "路" if is_eastward else "街")
        if kind in {"residential", "unclassified"}:
            return self._more.pop() + ("路" if is_eastward else "街")
        if kind in {"service", "living_street"} and self._more:
            return self._more.pop() + "巷"
        return None


def numeral(number: int) -> str:
    """1 to 99 in Chinese.

    >>> numeral(7), numeral(12), numeral(40)
    ('七', '十二', '四十')
    """
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _NUMERALS[ones - 1]
    head = "" if tens == 1 else _NUMERALS[tens - 1]
    return head + "十" + (_NUMERALS[ones - 1] if ones else "")


def stem(name: str) -> str:
    """A division's name without its kind.

    >>> stem("云溪街道"), stem("赵楼村")
    ('云溪', '赵楼')
    """
    for ending, _ in KIND_ENDINGS.values():
        if name.endswith(ending):
            return name.removesuffix(ending)
    return name

"""What a row of a camera register says, by our names and by those people and GB/T 28181 catalogues use."""

from cameras.rules import is_gb_code
from data.errors import Refused
from data.importing.mapping import Field
from data.importing.values import Reader, choice, code, day, number, plain, spelled, whole
from data.importing.values import text as words

#: kind → (horizontal field of view in degrees, range in metres) where a row says nothing.
DEFAULTS = {
    "bullet": (60.0, 50.0),
    "dome": (360.0, 80.0),
    "ptz": (360.0, 80.0),
    "panoramic": (360.0, 80.0),
    "other": (60.0, 50.0),
}

# In the catalogue: 1 dome, 2 half-dome, 3 fixed bullet, 4 PTZ bullet, 5 PTZ half-dome, 6 panoramic, 7 split.
_KINDS = spelled(
    {
        "bullet": "枪机 固定枪机 枪型 fixed 3",
        "dome": "半球 半球机 球机 球型 高清球机 1 2",
        "ptz": "云台 云台枪机 遥控枪机 遥控半球 4 5",
        "panoramic": "全景 全景相机 鱼眼 6",
        "other": "其他 其它 7",
    }
)
_STATUSES = spelled(
    {
        "online": "on 在线 正常 完好 在用",
        "offline": "off 离线 不在线 停用",
        "fault": "故障 损坏 异常",
        "planned": "规划 拟建 在建",
        "removed": "拆除 已拆除 报废",
    }
)
# DirectionType: which way the camera looks, 1 east, 2 west, 3 south, 4 north, 5 to 8 between.
_DIRECTIONS = spelled(
    {
        "0": "n 北 向北 4",
        "45": "ne 东北 向东北 6",
        "90": "e 东 向东 1",
        "135": "se 东南 向东南 5",
        "180": "s 南 向南 3",
        "225": "sw 西南 向西南 7",
        "270": "w 西 向西 2",
        "315": "nw 西北 向西北 8",
    }
)
_OWNER_CLASSES = spelled(
    {
        "1": "一类 一类点 一类视频监控 class1",
        "2": "二类 二类点 二类视频监控 class2",
        "3": "三类 三类点 三类视频监控 class3",
    }
)
_LEGAL_BASES = spelled(
    {
        "art7_gov": "第七条政府",
        "art7_operator": "第七条经营单位",
        "art9": "第九条",
        "non_public": "非公共场所",
        "unknown": "未知 不详",
    }
)
_SIGNAGE = spelled({"present": "有 是 已设置 yes 1", "absent": "否 没有 未设置 no 0", "unknown": "未知 不详"})


def gb_code(value: object) -> str | None:
    """A GB/T 28181 code of the right structure.

    >>> gb_code("32072200001320000001")
    '32072200001320000001'
    """
    said = code(value)
    if said is not None and not is_gb_code(said):
        raise Refused(
            "“{code}” is no GB/T 28181 camera code: 20 digits, centre 8, industry 2, type 3 (131 or 132), "
            "network 1, number 6.",
            code=said,
        )
    return said


def bearing(value: object) -> float | None:
    """A bearing in degrees clockwise from true north: a number, or a compass word.

    >>> bearing("西北"), bearing(360), bearing("92.5°")
    (315.0, 0.0, 92.5)
    """
    found = plain(value)
    if isinstance(found, str) and not found.isdigit() and found.casefold() in _DIRECTIONS:
        return float(_DIRECTIONS[found.casefold()])
    amount = number(0, 360)(found)
    return amount % 360.0 if isinstance(amount, float) else None


def direction(value: object) -> float | None:
    """The bearing that a catalogue's DirectionType (1 to 8) or a compass word means.

    >>> direction(1), direction("SW")
    (90.0, 225.0)
    """
    kept = choice(_DIRECTIONS)(value)
    return None if kept is None else float(str(kept))


def _whole_choice(known: dict[str, str]) -> Reader:
    read_choice = choice(known)

    def read(value: object) -> int | None:
        kept = read_choice(value)
        return None if kept is None else int(str(kept))

    return read


FIELDS = (
    Field(
        "code",
        code,
        ("编码", "编号", "摄像机编码", "点位编码", "点位编号", "设备编码", "设备编号", "camera code", "id"),
    ),
    Field(
        "gb_code",
        gb_code,
        ("国标编码", "国标编号", "设备国标编码", "deviceid", "device id", "gb28181", "通道编码", "通道国标编号"),
    ),
    Field("name", words(120), ("名称", "摄像机名称", "点位名称", "设备名称", "通道名称", "安装位置", "camera name")),
    Field("kind", choice(_KINDS), ("类型", "摄像机类型", "设备类型", "ptztype", "ptz type", "camera type", "type")),
    Field("status", choice(_STATUSES), ("状态", "设备状态", "在线状态", "运行状态")),
    Field("mount_height_m", number(0.1, 300), ("安装高度", "架设高度", "立杆高度", "高度", "height", "mount height")),
    Field("bearing_deg", bearing, ("方位角", "朝向角", "监视方位角", "bearing", "azimuth", "heading")),
    Field("direction", direction, ("directiontype", "direction type", "朝向", "监视方位", "方向", "direction")),
    Field("hfov_deg", number(0.1, 360), ("水平视场角", "视场角", "视角", "水平视角", "fov", "hfov")),
    Field("range_m", number(0.1, 5000), ("监视距离", "可视距离", "有效距离", "视距", "range", "distance")),
    Field("pitch_deg", number(-90, 90), ("俯仰角", "俯角", "安装俯角", "tilt", "pitch")),
    Field("vfov_deg", number(0.1, 180), ("垂直视场角", "垂直视角", "vfov")),
    Field("pixels_h", whole(1, 100_000), ("水平像素", "横向像素", "图像宽度", "pixel width")),
    Field(
        "owner_class", _whole_choice(_OWNER_CLASSES), ("点位分类", "监控点类型", "点位类别", "一二三类", "camera class")
    ),
    Field("owner", words(120), ("所有者", "权属单位", "建设单位", "产权单位", "所属单位", "管理单位")),
    Field("legal_basis", choice(_LEGAL_BASES), ("设置依据", "法律依据", "依据")),
    Field("signage", choice(_SIGNAGE), ("提示标识", "标识牌", "警示标识", "sign")),
    Field("sign_seen_on", day, ("标识检查日期", "标识核查日期")),
    Field("filing_no", words(60), ("备案号", "备案编号", "备案回执")),
    Field("filed_on", day, ("备案日期", "备案时间")),
    Field("retention_days", whole(0, 3650), ("保存天数", "存储天数", "录像保存天数", "保存期限")),
    Field("installed_on", day, ("安装日期", "安装时间", "建成日期", "install date")),
)

"""What a row of an incident register says, by our names and by those people use."""

from data.importing.mapping import Field
from data.importing.values import choice, code, moment, number, spelled, uuid
from data.importing.values import text as words
from incidents.rules import MAX_PLACE_TEXT, MAX_TEXT

_STATUSES = spelled(
    {
        "reported": "采集 上报 已上报 待受理 待立案 new",
        "filed": "立案 已立案 受理 已受理 open",
        "dispatched": "派遣 已派遣 已派单 派单 assigned",
        "handling": "处置 处置中 正在处置 处理中 办理中 inprogress",
        "handled": "反馈 已反馈 处置完毕 已处置 待核查 resolved",
        "closed": "结案 已结案 办结 已办结 归档 已归档 完结",
        "void": "作废 已作废 撤销 不予立案 cancelled rejected",
        "parked": "挂账 挂起 suspended",
    }
)
_PRIORITIES = spelled(
    {
        "urgent": "紧急 特急 high",
        "important": "重要 重大 较急 medium",
        "general": "一般 普通 normal low",
        "long": "长期 挂账",
    }
)


def fields(zone: str) -> tuple[Field, ...]:
    """The fields of an incident; times written without their zone are meant in `zone`."""
    when = moment(zone)
    return (
        Field("id", uuid, ("uuid", "guid", "全局编号")),
        Field(
            "number",
            words(60),
            ("编号", "案件编号", "事件编号", "工单编号", "案卷号", "任务号", "流水号", "case no", "code"),
        ),
        Field("scheme", code, ("分类体系", "分类方案", "category scheme")),
        Field(
            "category_code", words(120), ("类别编码", "类别代码", "小类编码", "小类代码", "案件类别编码", "category")
        ),
        Field(
            "category_name", words(120), ("类别", "小类", "小类名称", "案件类别", "事件类别", "事件类型", "案件类型")
        ),
        Field("priority", choice(_PRIORITIES), ("优先级", "紧急程度", "级别", "等级")),
        Field(
            "description",
            words(MAX_TEXT),
            ("描述", "问题描述", "案件描述", "事件描述", "内容", "情况描述", "note", "text"),
        ),
        Field("place_text", words(MAX_PLACE_TEXT), ("地址", "位置描述", "地址描述", "发生地点", "地点", "address")),
        Field("accuracy_m", number(0, 1e6), ("定位精度", "精度", "accuracy")),
        Field(
            "reported_at",
            when,
            ("上报时间", "发生时间", "采集时间", "发现时间", "reported", "time", "date"),
            is_required=True,
        ),
        Field("received_at", when, ("受理时间", "接收时间", "登记时间", "received")),
        Field("status", choice(_STATUSES), ("状态", "案件状态", "处理状态", "办理状态", "当前阶段")),
        Field("closed_at", when, ("结案时间", "办结时间", "完成时间", "归档时间", "closed")),
        Field("due_at", when, ("截止时间", "处置时限", "应办结时间", "due", "deadline")),
    )

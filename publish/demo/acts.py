# ruff: noqa: E501 (a sentence is not broken where the line ends)
"""What else is decided and promised in the demo city: other acts, commitments, and their checks."""

from typing import NamedTuple

ANY = "*"
"""A field of work that stands for every one."""


class Act(NamedTuple):
    """A kind of other administrative act and how it reads.

    Attributes:
        domain: the field of work, or `ANY`.
        weight: how often it occurs within its field.
        who: kinds of party, as in `publish.demo.offences.Offence`.
        sector: the line of business of the parties.
        kind: 行政行为类别.
        document: the name of the document.
        texts: templates of the content.
    """

    domain: str
    weight: float
    who: str
    sector: str
    kind: str
    document: str
    texts: tuple[str, ...]


class Pledge(NamedTuple):
    """A kind of commitment and how it reads.

    Attributes:
        domain: the field of work, or `ANY`.
        weight: how often it is made within its field.
        who: kinds of party.
        sector: the line of business of the parties.
        kind: 承诺类型.
        matter: what it is made for.
        texts: templates of what is promised.
        days: calendar days in which to keep it, lowest and highest; zeros where it has no end.
    """

    domain: str
    weight: float
    who: str
    sector: str
    kind: str
    matter: str
    texts: tuple[str, ...]
    days: tuple[int, int]


# fmt: off
ACTS: tuple[Act, ...] = (
    Act(ANY, 8, "oos", "retail", "行政监督检查", "“双随机、一公开”抽查结果公示表",
        ("{date}对当事人开展“双随机、一公开”抽查，检查地点：{address}，检查结果：{未发现问题|未发现问题|未发现开展本次抽查涉及的经营活动|发现问题已责令改正}",
         "{date}日常监督检查，检查{2-9}项，其中{1-2}项需要整改，责令于{5-30}日内改正",
         "{date}专项检查，检查地点：{address}，检查结果：{未发现问题|发现问题已责令改正|不配合检查，情节一般}")),
    Act("market", 4, "os", "food", "行政监督检查", "食品安全监督检查结果告知书",
        ("{date}监督检查，经营场所：{address}，评定结果：{符合|基本符合|不符合}，不符合项{1-6}项",
         "{date}监督抽检{food}{1-4}批次，检验结果：{合格|合格|不合格，已另案处理}")),
    Act("market", 1, "o", "plant", "行政强制", "实施强制措施决定书",
        ("对涉嫌不符合标准的{goods}{20-600}件予以{查封|扣押}，期限三十日，存放地点：{address}",)),
    Act("market", 1.5, "o", "plant", "行政奖励", "质量奖励决定书",
        ("{year}年度{质量管理优秀|标准创新|品牌培育}企业，奖励{5-50}万元",)),
    Act("transport", 3, "o", "transport", "行政监督检查", "道路运输企业监督检查记录",
        ("{date}检查车辆动态监控和驾驶员教育记录，抽查车辆{3-40}辆，发现问题{0-5}项，已责令改正",)),
    Act("transport", 1, "o", "transport", "行政强制", "车辆扣押决定书",
        ("因涉嫌未取得道路运输经营许可，扣押{货车|客车}{1-2}辆，期限三十日",)),
    Act("housing", 2, "o", "build", "行政确认", "建设工程消防验收备案结果通知书",
        ("{project}消防验收备案，检查结果：{合格|合格|经整改复查合格}",)),
    Act("ecology", 3, "o", "plant", "行政监督检查", "生态环境监督检查记录",
        ("{date}检查{process}工序，{pollutant}排放浓度{达标|达标|超标，已立案}",)),
    Act("emergency", 3, "o", "chem", "行政监督检查", "安全生产现场检查记录",
        ("{date}检查{material}储存场所，发现隐患{0-6}项，责令于{3-15}日内整改",)),
    Act("labour", 3, "p", "plant", "行政确认", "认定工伤决定书",
        ("{date}在工作时间、工作场所因工作原因受到伤害，认定为工伤",)),
    Act("civil", 3, "p", "social", "行政给付", "临时救助审批决定书",
        ("因{突发意外|重大疾病|家庭变故}，给予一次性临时救助{600-6000*100}元",)),
    Act("agriculture", 2, "o", "farm", "行政给付", "农业补贴资金核定表",
        ("{crop}种植{50-900*10}亩，核定补贴{4000-98000*1000}元",)),
    Act("agriculture", 3, "os", "farm", "行政补偿", "强制扑杀动物补偿决定书",
        ("因防控需要扑杀{animal}{20-800}头（只），补偿{8000-260000*1000}元",)),
    Act("water", 2, "o", "energy", "行政征收", "水资源费缴纳通知书",
        ("{year}年取水{12-680}万立方米，应缴水资源费{2-90}万元",)),
    Act("planning", 9, "o", "estate", "行政裁决", "土地权属争议裁决书",
        ("争议土地位于{address}，面积{300-9000*100}平方米，裁决归申请人使用",)),
    Act("planning", 4, "o", "farm", "行政补偿", "征地补偿决定书",
        ("{project}征收{village}集体土地{3-60}亩，补偿{60-2400*10}万元",)),
    Act("science", 3, "o", "tech", "行政奖励", "科技创新券和研发奖励决定书",
        ("{year}年度研发投入奖励{5-80}万元",)),
    Act("industry", 2, "o", "plant", "行政奖励", "工业企业技术改造奖励决定书",
        ("技术改造项目通过验收，奖励{10-120*10}万元",)),
    Act("tax", 2, "o", "retail", "行政征收", "核定税款通知书",
        ("核定{year}年应纳{tax}{2-60}万元",)),
    Act("fire", 4, "os", "hotel", "行政监督检查", "消防监督检查记录",
        ("{date}检查{address}，{device}{完好有效|完好有效|存在故障，责令限期改正}",)),
    Act("culture", 2, "os", "hotel", "行政监督检查", "文化市场检查记录",
        ("{date}检查经营场所，{未发现问题|未按规定登记，已当场改正}",)),
)
"""Other administrative acts; every field of work inspects."""

PLEDGES: tuple[Pledge, ...] = (
    Pledge(ANY, 5, "oos", "retail", "容缺受理", "行政许可申请容缺受理",
           ("承诺于{5-20}个工作日内补交{场所平面图|租赁合同|人员资格证明}，逾期自愿接受撤销决定",), (7, 30)),
    Pledge(ANY, 4, "oos", "service", "告知承诺", "证明事项告知承诺",
           ("承诺已知晓告知内容，所填{经营场所|人员资质|无违法记录}情况真实，符合办理条件",), (30, 90)),
    Pledge(ANY, 2, "o", "plant", "主动型", "守法诚信经营",
           ("承诺依法经营，不{虚假宣传|偷逃税款|拖欠工资}，接受社会监督",), (0, 0)),
    Pledge("market", 4, "os", "food", "告知承诺", "食品经营许可变更告知承诺",
           ("承诺经营条件符合食品安全要求，{30-60}日内接受现场核查",), (30, 60)),
    Pledge("transport", 2, "o", "transport", "行业自律", "道路货运行业自律公约",
           ("承诺车辆不超限超载，不使用未年检车辆",), (180, 365)),
    Pledge("housing", 2, "o", "estate", "行业自律", "房地产经纪行业自律公约",
           ("承诺明码标价，不发布虚假房源",), (180, 365)),
    Pledge("labour", 2, "o", "build", "主动型", "不拖欠农民工工资",
           ("承诺{project}按月足额支付工资，设立工资专用账户",), (60, 240)),
    Pledge("planning", 1, "p", "estate", "告知承诺", "不动产登记证明告知承诺",
           ("承诺所述继承关系属实，同意公示本承诺",), (30, 60)),
)
"""Commitments; those of natural persons say that they may be made public."""

CHECKS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "容缺受理": (("已按期补交", "材料补交齐全"), ("逾期未补交", "补交材料不符合要求")),
    "告知承诺": (("现场核查与承诺一致", "经核查，承诺属实"), ("现场核查与承诺不符", "经核查，承诺不实，已撤销决定")),
    "主动型": (("承诺期内未发现违反承诺的行为",), ("发现违反承诺的行为，已启动失信惩戒程序",)),
    "行业自律": (("行业协会核查，遵守公约",), ("违反行业公约，已责令整改",)),
}
"""What a check of a commitment found, kept and broken, by 承诺类型."""

CASES: dict[str, tuple[str, ...]] = {
    "objection": ("认为公示的处罚金额与决定书不符", "认为公示的违法事实表述不准确", "认为公示对象不是本单位"),
    "repair": ("已履行处罚决定，申请信用修复", "已改正违法行为，申请提前停止公示"),
    "rectification": ("对检查发现的问题限期整改", "对未履行承诺的情况限期整改"),
    "measure": ("反馈列入名单后采取的限制措施", "反馈守信激励措施的落实情况"),
}
"""What feedback cases are about, by kind."""

STEPS: dict[str, tuple[str, ...]] = {
    "annotated": ("已在公示信息上标注异议处理中",),
    "accepted": ("材料齐全，予以受理",),
    "passed_on": ("已转作出决定的部门", "已转承办科室"),
    "verified": ("已核对决定书原件", "已核实"),
    "decided": ("已作出处理决定",),
    "notified": ("已书面告知申请人", "已电话告知申请人"),
    "executed": ("已更正公示内容", "已停止公示"),
    "closed": ("已办结归档",),
    "paused": ("等待检验结论",),
    "resumed": ("检验结论已出具，恢复办理",),
    "extended": ("经批准延长办理期限",),
}
"""What is said of a step, by stage."""

STOPS = ("需要委托检验", "需要专家评审", "需要鉴定文书真伪", "等待申请人补充材料")
"""Why the time stops; the last is a reason that the rules do not name, so it does not."""

LONGER = ("情况复杂，需要进一步核实", "涉及多个部门，需要会商")
"""Why a case takes longer."""

FINDS = ("抽查发现该文书未在门户公示", "抽查卷宗时登记", "信访件中提到的文书")
"""What inspectors note."""
# fmt: on

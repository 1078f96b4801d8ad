"""The lines of business of the demo city, and what its businesses are called."""

from typing import NamedTuple


class Sector(NamedTuple):
    """A line of business and what its bodies are called.

    Attributes:
        industries: words before 有限公司.
        wholes: names that end without it.
        shops: what sole traders' shops are called.
        code: the first two characters of the bodies' credit codes.
    """

    industries: tuple[str, ...]
    wholes: tuple[str, ...] = ()
    shops: tuple[str, ...] = ("经营部",)
    code: str = "91"


SECTORS: dict[str, Sector] = {
    "food": Sector(
        ("食品", "餐饮管理", "食品科技", "餐饮服务", "调味品", "粮油", "饮品", "冷链食品"),
        shops=("小吃店", "面馆", "饭庄", "烧烤店", "早餐店", "熟食店", "饭店", "火锅店", "烘焙店"),
    ),
    "retail": Sector(
        ("商贸", "百货", "超市", "连锁超市", "贸易", "日用品", "家居用品"),
        shops=("便利店", "副食店", "水果店", "文具店", "日用品店", "批发部", "五金店", "服装店"),
    ),
    "pharmacy": Sector(("大药房连锁", "医药", "医药零售"), shops=("药店", "中药铺")),
    "transport": Sector(
        ("运输", "物流", "货运代理", "客运", "汽车运输", "供应链管理", "冷链物流"),
        shops=("货运部", "配货部"),
    ),
    "auto": Sector(
        ("汽车维修服务", "汽车销售", "汽车服务", "再生资源回收"),
        shops=("汽修店", "汽车美容店", "轮胎店"),
    ),
    "driving": Sector(("机动车驾驶员培训", "驾驶培训")),
    "build": Sector(
        ("建筑工程", "市政工程", "装饰工程", "建筑劳务", "园林绿化工程", "路桥工程", "防水工程",
         "基础工程", "机电安装工程"),
        shops=("建材经营部", "脚手架租赁站"),
    ),
    "estate": Sector(
        ("房地产开发", "置业", "物业服务", "房地产经纪", "商业运营管理"),
        shops=("房产中介服务部", "家政服务部"),
    ),
    "plant": Sector(
        ("机械制造", "新材料", "塑业", "包装", "金属制品", "纺织", "家具", "电子", "陶瓷", "建材",
         "印刷", "精密铸造", "门窗"),
        shops=("加工厂", "门窗厂", "印务部"),
    ),
    "chem": Sector(
        ("化工", "燃气", "石油销售", "涂料", "气体", "化学试剂"), ("加油站",),
        shops=("液化气站", "油漆店"),
    ),
    "medical": Sector(
        ("医疗器械", "健康管理"),
        ("口腔门诊部", "综合门诊部", "护理院", "医院", "口腔医院"),
        shops=("口腔诊所", "中医诊所", "内科诊所"),
    ),
    "hotel": Sector(
        ("酒店管理", "商务酒店", "文化娱乐", "影城", "健身服务", "网络服务", "美容服务"),
        shops=("旅馆", "理发店", "美容店", "网吧", "足浴店", "棋牌室", "民宿"),
    ),
    "school": Sector(
        ("教育咨询",),
        ("培训学校", "幼儿园", "艺术培训学校", "外国语学校", "职业培训学校"),
        code="52",
    ),
    "farm": Sector(
        ("农业开发", "种业", "农资", "养殖", "生态农业", "林业", "饲料"),
        ("种植专业合作社", "养殖专业合作社"),
        shops=("农资店", "兽药店", "养殖场", "粮食收购点"),
    ),
    "tech": Sector(
        ("科技", "网络科技", "信息技术", "电子商务", "软件", "文化传媒", "企业管理"),
        shops=("网店", "电脑维修店"),
    ),
    "service": Sector(
        ("人力资源服务", "劳务派遣", "保安服务", "财务咨询", "检验检测", "旅行社", "广告", "拍卖"),
        ("会计师事务所（普通合伙）", "律师事务所"),
    ),
    "energy": Sector(("能源", "电力", "水务", "矿业", "砂石", "供热", "新能源", "民爆器材")),
    "post": Sector(("速递", "快递服务", "快运"), shops=("快递代收点",)),
    "social": Sector(
        (), ("养老服务中心", "志愿者协会", "社会工作服务中心", "商会", "助残服务社"), code="52"
    ),
}  # fmt: skip
"""The lines of business by name."""

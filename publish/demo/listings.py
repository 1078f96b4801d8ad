# ruff: noqa: E501 (a sentence is not broken where the line ends)
"""What stands on the red and black lists of the demo city."""

from typing import NamedTuple


class Listing(NamedTuple):
    """How entries of one list read.

    Attributes:
        weight: how many entries it has beside the other lists.
        who: kinds of party, as in `publish.demo.offences.Offence`.
        sector: the line of business of the parties.
        months: the months in which entries are made; empty for all.
        mark: the series of the document numbers.
        texts: templates of the honour (red) or of the facts (other lists).
    """

    list_id: str
    weight: float
    who: str
    sector: str
    months: tuple[int, ...]
    mark: str
    texts: tuple[str, ...]


# fmt: off
LISTINGS: tuple[Listing, ...] = (
    Listing("tax-a", 9, "o", "plant", (4,), "示税函", ("纳税信用A级纳税人",)),
    Listing("integrity", 4, "os", "retail", (3, 9), "示诚信办发", ("诚信经营示范企业", "诚信兴商典型单位")),
    Listing("serious-illegal", 4, "os", "food", (), "示市监列严",
            ("因经营不符合食品安全标准的{food}被处以较重行政处罚，性质恶劣，列入严重违法失信名单",
             "被吊销许可证后仍继续经营，经查证属实",
             "故意实施食品安全违法行为，{2-4}年内受到{2-5}次行政处罚")),
    Listing("wage-arrears", 2, "oop", "build", (1, 2, 6, 11, 12), "示人社失信列",
            ("承建{project}期间拖欠{12-160}名农民工工资{80000-2600000*10000}元，责令支付后逾期未支付",
             "克扣、无故拖欠{3-40}名农民工工资{30000-460000*10000}元，数额达到认定标准")),
    Listing("tax-evasion", 2, "oop", "tech", (3, 6, 9, 12), "示税稽公布",
            ("采取少列收入手段少缴{tax}{120-980}万元，占同期应纳税额{11-64}%",
             "虚开增值税专用发票{20-380}份，价税合计{300-8600*10}万元",
             "欠缴{tax}{100-900*10}万元，采取转移财产手段妨碍追缴")),
    Listing("transport-watch", 3, "o", "transport", (2, 5, 8, 11), "示交重点",
            ("一个季度内所属车辆违法超限运输{3-14}次", "动态监控平台离线{3-20}次，多次提醒未整改")),
)
# fmt: on

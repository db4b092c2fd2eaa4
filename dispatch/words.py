"""The lists that dispatch starts with. Stations may edit them later; slugs stay."""

from pypinyin import Style, lazy_pinyin

KINDS = [
    # slug, English, Chinese, priority 1 highest
    ("robbery", "Robbery", "抢劫", 1),
    ("fight", "Fight", "打架", 1),
    ("knife", "Person with a knife", "持刀伤人", 1),
    ("missing_child", "Missing child", "儿童走失", 1),
    ("fire", "Fire", "火警", 1),
    ("burglary", "Burglary", "入室盗窃", 2),
    ("theft", "Theft", "盗窃", 3),
    ("fraud", "Fraud", "诈骗", 3),
    ("traffic_accident", "Traffic accident", "交通事故", 2),
    ("domestic", "Domestic dispute", "家庭纠纷", 2),
    ("neighbour_dispute", "Neighbour dispute", "邻里纠纷", 3),
    ("noise", "Noise", "噪音扰民", 4),
    ("drunk", "Drunk person", "醉酒滋事", 3),
    ("missing_person", "Missing person", "人员走失", 2),
    ("person_in_need", "Person in need of help", "群众求助", 3),
    ("suspicious_person", "Suspicious person", "可疑人员", 3),
    ("lost_property", "Lost property", "遗失物品", 4),
    ("damage", "Damage to property", "损坏财物", 3),
    ("gathering", "Gathering of people", "人员聚集", 2),
    ("alarm", "Technical alarm", "技防报警", 2),
    ("other", "Other", "其他", 4),
]


def initials(words: str) -> str:
    """The first letters of the words' pinyin: 打架 → dj."""
    return "".join(lazy_pinyin(words, style=Style.FIRST_LETTER))

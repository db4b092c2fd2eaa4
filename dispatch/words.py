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


# What the kinds begin with; stations change all of it on their own page.
COLOURS = {
    "robbery": "pink", "fight": "pink", "knife": "pink", "domestic": "pink", "burglary": "lemon", "theft": "lemon",
    "fraud": "lemon", "damage": "lemon", "lost_property": "sand", "traffic_accident": "sky", "missing_child": "aqua",
    "missing_person": "aqua", "person_in_need": "aqua", "neighbour_dispute": "lime", "noise": "lime", "drunk": "lime",
    "gathering": "lime", "suspicious_person": "lime", "fire": "white", "alarm": "white",
}  # fmt: skip
EXPECTS = {
    "fraud": ["caller_phone", "caller_name", "facts"], "missing_child": ["caller_phone", "facts"],
    "missing_person": ["caller_phone", "facts"], "lost_property": ["caller_phone"], "burglary": ["caller_phone"],
}  # fmt: skip
SAFETY_MIN = {
    "knife": 5, "robbery": 10, "fight": 10, "fire": 10, "burglary": 15, "domestic": 15, "drunk": 15, "gathering": 15,
    "suspicious_person": 15,
}  # fmt: skip
_WEAPONS = [("问清有无凶器、人数、有无伤者", "Ask for weapons, how many people, anyone hurt")]
_HURT = [("有伤者时联系 120", "Anyone hurt: call an ambulance (120)")]
_APART = [("将双方分开，逐一询问", "Part them and hear each alone")]
_MISSING = [
    ("问清年龄、衣着、最后出现的时间和地点", "Ask for age, clothes, when and where last seen"),
    ("取得近照", "Get a recent picture"),
    ("通知附近单元和车站、商场", "Tell units nearby, stations and malls"),
]
CHECKLISTS = {
    "robbery": [*_WEAPONS, ("问清逃跑方向、衣着、车辆", "Ask where they fled to, clothes, vehicle"), *_HURT,
                ("保护现场", "Secure the scene")],
    "fight": [*_WEAPONS, *_HURT, *_APART],
    "knife": [*_WEAPONS, ("至少两人同往，携带防护装备", "Send two or more, with protective equipment"), *_HURT],
    "missing_child": _MISSING,
    "missing_person": _MISSING,
    "fire": [("联系 119", "Call the fire brigade (119)"), ("问清有无人员被困", "Ask whether anyone is trapped"),
             ("疏散围观人员，保证消防通道畅通", "Keep people back and the way clear for engines")],
    "burglary": [("问清嫌疑人是否仍在现场", "Ask whether the intruder is still there"),
                 ("保护现场，等待勘查", "Secure the scene for the examiners")],
    "traffic_accident": [*_HURT, ("设置警示，疏导交通", "Set warnings, lead the traffic past"),
                         ("联系交警", "Tell the traffic police")],
    "domestic": [("问清有无儿童、有无暴力", "Ask for children and for violence"), *_APART],
    "fraud": [("提醒立即冻结账户", "Have the account frozen at once"),
              ("记录转账时间、金额、账号", "Note time, amount and account of the transfer")],
}  # fmt: skip

# Whom kinds need at first: units, people on each; the others one unit with anybody on it
RUN_CARDS = {"knife": (2, 2), "robbery": (2, 2), "gathering": (2, 1), "missing_child": (2, 1)}
SKILLS = [
    ("firearm", "Firearm", "持枪"), ("first_aid", "First aid", "急救"), ("negotiation", "Negotiation", "谈判"),
    ("mediation", "Mediation", "调解"), ("drone", "Drone", "无人机"), ("breathalyser", "Breathalyser", "酒精检测"),
]  # fmt: skip

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
    ("jump", "Person about to jump", "扬言跳楼", 1),
]


def initials(words: str) -> str:
    """The first letters of the words' pinyin: 打架 → dj."""
    return "".join(lazy_pinyin(words, style=Style.FIRST_LETTER))


# What the kinds begin with; stations change all of it on their own page.
COLOURS = {
    "robbery": "pink", "fight": "pink", "knife": "pink", "domestic": "pink", "burglary": "lemon", "theft": "lemon",
    "fraud": "lemon", "damage": "lemon", "lost_property": "sand", "traffic_accident": "sky", "missing_child": "aqua",
    "missing_person": "aqua", "person_in_need": "aqua", "neighbour_dispute": "lime", "noise": "lime", "drunk": "lime",
    "gathering": "lime", "suspicious_person": "lime", "fire": "white", "alarm": "white", "jump": "aqua",
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
    "knife": [*_WEAPONS, ("至少两人同往，携带防护装备", "Send two or more, with protective equipment"), *_HURT,
              ("让报警人避险，锁门，不要对峙", "Have the caller get away, lock doors, not confront"),
              ("问清持刀人位置、衣着、去向，有无人质", "Ask where the person is, clothes, direction, any hostage"),
              ("疏散周围群众，通知附近学校、商场", "Clear people away; tell schools and malls nearby"),
              ("到场后先隔离、喊话，呼叫增援", "On scene: keep distance, speak to them, call for more")],
    "jump": [("问清楼栋、楼层、在窗台还是楼顶、有无他人", "Ask for building, floor, ledge or roof, anyone with them"),
             ("联系 119 铺设气垫", "Fire brigade (119) for the air cushion"), ("联系 120 待命", "Ambulance (120) to stand by"),
             ("不鸣警笛接近，不围观，清空下方", "Approach without siren, keep people back, clear the ground below"),
             ("一人谈话，不催促、不刺激；找亲友到场", "One person speaks, without haste; bring family or friends"),
             ("控制楼顶、楼梯出入口", "Hold the ways to roof and stairs"),
             ("解救后交家属或医院，不让其独处", "Afterwards hand over to family or hospital, never alone")],
    "missing_child": [*_MISSING,
                      ("问清和谁在一起、常去哪里、有无争吵", "Ask with whom, usual places, any quarrel"),
                      ("先查家中、楼道、车内、水边、电梯井", "Search home, stairs, cars, water and lift shafts first"),
                      ("调看最后地点的录像", "Look at recordings of the last place"),
                      ("通知车站、出入城路口、相邻派出所", "Tell stations, roads out of town, neighbouring police"),
                      ("留一人在家等候", "Let one person wait at home")],
    "missing_person": _MISSING,
    "fire": [("联系 119", "Call the fire brigade (119)"), ("问清有无人员被困", "Ask whether anyone is trapped"),
             ("疏散围观人员，保证消防通道畅通", "Keep people back and the way clear for engines"),
             ("问清燃烧物、楼层、有无燃气、电动车、危险品", "Ask what burns, which floor, gas, e-bikes, dangerous goods"),
             ("让报警人撤离，不乘电梯，低身捂口鼻", "Have the caller leave: no lift, stay low, cover mouth"),
             ("联系燃气、供电部门", "Tell gas and power suppliers"), *_HURT,
             ("清点撤离人员，控制现场待调查", "Count who is out; hold the scene for the inquiry")],
    "burglary": [("问清嫌疑人是否仍在现场", "Ask whether the intruder is still there"),
                 ("保护现场，等待勘查", "Secure the scene for the examiners")],
    "traffic_accident": [*_HURT, ("设置警示，疏导交通", "Set warnings, lead the traffic past"),
                         ("联系交警", "Tell the traffic police")],
    "domestic": [("问清有无儿童、有无暴力", "Ask for children and for violence"), *_APART],
    "fraud": [("提醒立即冻结账户", "Have the account frozen at once"),
              ("记录转账时间、金额、账号", "Note time, amount and account of the transfer")],
}  # fmt: skip

# Whom kinds need at first: units, people on each; the others one unit with anybody on it
RUN_CARDS = {"knife": (2, 2), "robbery": (2, 2), "gathering": (2, 1), "missing_child": (2, 1), "jump": (2, 1)}
SKILLS = [
    ("firearm", "Firearm", "持枪"), ("first_aid", "First aid", "急救"), ("negotiation", "Negotiation", "谈判"),
    ("mediation", "Mediation", "调解"), ("drone", "Drone", "无人机"), ("breathalyser", "Breathalyser", "酒精检测"),
]  # fmt: skip

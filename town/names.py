"""What streets, houses and people are called. All invented."""

import random
from collections.abc import Iterator

from pypinyin import lazy_pinyin


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = _words(
    "银杏 海棠 玉兰 紫薇 桂花 芙蓉 石榴 翠竹 青松 白杨 梧桐 香樟 丁香 茉莉 金桂 红枫 蜡梅 荷塘 兰草 菊园 "
    "槐荫 柏林 桃园 梨园 杏林 榆钱 枣园 栀子 木棉 迎春 云龙 凤鸣 鹤鸣 白鹭 飞燕 锦鲤 金牛 石马 玉带 珍珠 "
    "和平 团结 胜利 光明 幸福 民主 文化 教育 科学 勤俭 友谊 新华 东风 红星 前进 跃进 劳动 工农 解放 复兴 "
    "望江 临江 听涛 观澜 石桥 古渡 渔市 盐店 米市 布市 竹器 铁匠 染坊 油坊 磨盘 水井 药王 文庙 城隍 鼓楼 "
    "钟楼 牌坊 书院 状元 举人 将军 尚书 太平 永安 长寿 福寿 吉祥 如意 兴隆 万顺 泰和 恒丰 广源 同仁 德胜 "
    "龙井 凤凰 麒麟 青龙 白虎 朱雀 玄武 南山 北坡 西坪 东岭 石门 沙湾 柳林 花溪 清泉 碧水 澄江 秀峰 翠屏 "
    "朝阳 夕照 明月 晨曦 春晖 夏荷 秋实 冬青 瑞雪 彩虹 星光 云海 霞光 雨花 风铃 天台 地坛 日新 月坛 金星 "
)
_NUMBERS = "一二三四五六七八九"
_SIDES = "东西南北中"
_EN = {"路": "Lu", "街": "Jie", "巷": "Xiang", "弄": "Long", "大道": "Dadao", "桥": "Qiao"}

FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = _words(
    "伟 芳 娜 敏 静 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 桂英 "
    "建国 志强 海燕 文博 子涵 浩然 雨桐 晓东 丽华 国庆 春梅 秀兰 天宇 思远 佳怡 俊峰 立新 红梅 建军 玉兰 "
)


class StreetNames:
    """Deals out each name once. Lanes are called after the street they leave, by number."""

    def __init__(self, chance: random.Random) -> None:
        self._fresh = [word for word in dict.fromkeys(_FIRST) if word not in ("银杏",)]
        chance.shuffle(self._fresh)
        self._spare = self._combined()
        self._given: set[str] = set()
        self._lanes: dict[str, int] = {}

    def take(self, name: str) -> str:
        """Reserve a name that the plan gives itself."""
        self._given.add(name)
        return name

    def street(self, ending: str) -> str:
        """A name of its own, as 海棠路."""
        while True:
            word = self._fresh.pop() if self._fresh else next(self._spare)
            if word + ending not in self._given:
                return self.take(word + ending)

    def lane(self, parent: str, ending: str) -> str:
        """A lane off `parent`: 银杏街 → 银杏一巷, 银杏二巷 …"""
        stem = parent.rstrip("路街巷弄") or parent
        stem = stem[:-1] if stem[-1] in "一二三四五六七八九" and len(stem) > 2 else stem
        count = self._lanes.get(stem, 0)
        self._lanes[stem] = count + 1
        if count >= len(_NUMBERS) or (name := f"{stem}{_NUMBERS[count]}{ending}") in self._given:
            return self.street(ending)
        return self.take(name)

    def _combined(self) -> Iterator[str]:
        words = list(dict.fromkeys(_FIRST))
        for side in _SIDES:
            for word in words:
                yield word + side
        for word in words:
            for other in words:
                yield word[0] + other


def english(name: str) -> str:
    """A street's name in pinyin: 码头北路 → Matoubei Lu."""
    for ending, said in _EN.items():
        if name.endswith(ending) and len(name) > len(ending):
            return f"{''.join(lazy_pinyin(name.removesuffix(ending))).capitalize()} {said}"
    return "".join(lazy_pinyin(name)).capitalize()


def person(chance: random.Random) -> str:
    """Family and given name."""
    return chance.choice(FAMILY) + chance.choice(GIVEN)

"""What a viewer gets of a source: from its first packet on something they can show, and never more than they keep up with."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.pictures import relay as relays
from devices.pictures.packet import Head, head_of, packed
from devices.pictures.relay import GROUP_LIMIT, Relay, Source, Viewer


class Camera:
    """A source's encoder: a key picture every so many packets."""

    def __init__(self, source: Source, every: int = 10, size: int = 1000, codec: str = "h264") -> None:
        self.source, self.every, self.size, self.codec = source, every, size, codec
        self.sequence, self.epoch, self.at = 0, 0, 1_000_000

    def give(self, count: int = 1, *, key: bool | None = None, lose: bool = False) -> None:
        for _ in range(count):
            is_key = self.sequence % self.every == 0 if key is None else key
            head = Head(self.codec, is_key, self.source.number, self.sequence, self.epoch, 66, self.at)
            self.sequence += 1
            self.at += 66_000
            if not lose:
                self.source.take(head, packed(head, bytes(self.size)))

    def begin_anew(self) -> None:
        self.epoch, self.sequence = self.epoch + 1, 0


class Watcher(Viewer):
    """A viewer who keeps what came, and finds out what could not be shown."""

    def __init__(self, window: int = relays.WINDOW) -> None:
        self.got: list[Head] = []
        super().__init__(send=lambda packet: self.got.append(head_of(packet)), window=window)

    def shows(self) -> bool:
        """Whether each packet is a key picture or follows the one before it."""
        before: Head | None = None
        for head in self.got:
            follows = before is not None and (head.epoch, head.sequence) == (before.epoch, before.sequence + 1)
            if not head.is_key and not follows:
                return False
            before = head
        return True


@pytest.fixture
def source() -> Source:
    return Relay().source(1)


def test_who_comes_later_has_a_picture_at_once(source: Source) -> None:
    camera, watcher = Camera(source), Watcher()
    camera.give(25)
    source.join(watcher)
    assert [head.sequence for head in watcher.got] == [20, 21, 22, 23, 24]
    assert not source.wants_key()
    camera.give(3)
    assert [head.sequence for head in watcher.got][-1] == 27
    assert watcher.shows()


def test_who_comes_before_the_first_key_picture_waits_for_it(source: Source) -> None:
    camera, watcher = Camera(source), Watcher()
    source.join(watcher)
    assert source.wants_key()
    camera.give(3, key=False)
    assert watcher.got == []
    camera.give(1, key=True)
    camera.give(2, key=False)
    assert [head.sequence for head in watcher.got] == [3, 4, 5]


def test_a_viewer_that_stops_reading_holds_little_and_goes_on_with_a_key_picture(source: Source) -> None:
    camera, slow, quick = Camera(source), Watcher(window=5000), Watcher()
    source.join(slow)
    source.join(quick)
    for _ in range(500):
        camera.give()
        quick.acknowledge(2000)
    assert slow.under_way <= 5000
    assert len(slow.got) + slow.dropped == 500
    assert slow.dropped > 490
    assert len(quick.got) == 500, "nobody else suffers"
    slow.acknowledge(slow.under_way)
    camera.give(15)
    assert slow.got[4].is_key
    assert slow.got[4].sequence == 500
    assert slow.shows()


def test_who_was_behind_goes_on_at_once_where_the_next_key_picture_is_far(source: Source) -> None:
    camera, slow = Camera(source, every=10**9), Watcher(window=5000)
    source.join(slow)
    camera.give(8)
    assert [head.sequence for head in slow.got] == [0, 1, 2, 3], "no more than may be under way"
    assert (slow.dropped, source.wants_key()) == (4, True)
    slow.acknowledge(slow.under_way - 1)
    camera.give()
    assert len(slow.got) == 4, "something is still under way: more would only come later"
    slow.acknowledge(1)
    camera.give()
    assert len(slow.got) == 4, "more was missed than they can take at once"
    assert slow.dropped == 6


def test_what_was_missed_is_sent_in_its_order_and_nothing_twice(source: Source) -> None:
    camera, slow = Camera(source, every=10**9), Watcher(window=9000)
    source.join(slow)
    camera.give(12)
    assert slow.dropped == 4
    slow.acknowledge(slow.under_way)
    camera.give()
    assert [head.sequence for head in slow.got] == list(range(13))
    assert (slow.dropped, source.wants_key()) == (0, False), "what came after all is not left out"
    camera.give(2)
    assert slow.shows()


def test_what_was_missed_is_not_sent_where_something_is_missing_in_it(source: Source) -> None:
    camera, slow = Camera(source, every=10**9), Watcher(window=3000)
    source.join(slow)
    camera.give(4)
    camera.give(1, lose=True)
    slow.acknowledge(slow.under_way)
    camera.give(3)
    assert len(slow.got) == 2
    camera.give(1, key=True)
    assert slow.got[-1].is_key
    assert slow.shows()


def test_those_to_whom_only_stills_go_are_named_too(source: Source) -> None:
    stills = Source(1)
    stills.join(Viewer(send=lambda _: None, name="墙"))
    source.join(Viewer(send=lambda _: None, serves=stills))
    source.join(Viewer(send=lambda _: None, name="desk"))
    assert source.names() == {"墙", "desk"}


def test_more_acknowledged_than_sent_is_no_credit(source: Source) -> None:
    camera, cheat = Camera(source), Watcher(window=3000)
    source.join(cheat)
    cheat.acknowledge(10**9)
    cheat.acknowledge(-(10**9))
    camera.give(50)
    assert cheat.under_way <= 3000
    assert len(cheat.got) == 2


def test_one_picture_larger_than_the_window_is_shown_all_the_same(source: Source) -> None:
    camera, watcher = Camera(source, every=1, size=9000), Watcher(window=5000)
    source.join(watcher)
    camera.give(3)
    assert len(watcher.got) == 1
    watcher.acknowledge(9024)
    camera.give(1)
    assert len(watcher.got) == 2


def test_what_was_lost_on_the_way_in_spoils_nothing(source: Source) -> None:
    camera, watcher = Camera(source), Watcher()
    source.join(watcher)
    camera.give(4)
    camera.give(2, lose=True)
    camera.give(3)
    assert source.wants_key()
    late = Watcher()
    source.join(late)
    assert late.got == [], "what follows a hole can't be shown"
    camera.give(10)
    assert (source.lost, watcher.shows(), late.shows()) == (2, True, True)
    assert late.got[0].is_key


def test_old_and_doubled_packets_are_nothing(source: Source) -> None:
    camera, watcher = Camera(source), Watcher()
    source.join(watcher)
    camera.give(5)
    again = watcher.got[2]
    source.take(again, packed(again, b"x"))
    camera.begin_anew()
    camera.give(3)
    source.take(again, packed(again, b"x"))
    assert [(head.epoch, head.sequence) for head in watcher.got] == [(0, n) for n in range(5)] + [
        (1, n) for n in range(3)
    ]


def test_a_source_that_fell_silent_is_never_shown_as_live(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    camera, watcher = Camera(source), Watcher()
    camera.give(5)
    assert source.is_live()
    now = relays.time.monotonic()
    monkeypatch.setattr(relays.time, "monotonic", lambda: now + relays.STALE_S + 0.1)
    assert not source.is_live()
    source.join(watcher)
    assert watcher.got == []
    camera.give(1, key=True)
    assert [head.sequence for head in watcher.got] == [5]


def test_what_is_kept_is_bounded(source: Source) -> None:
    camera = Camera(source, every=10**9, size=10_000)
    camera.give(1000)
    assert source.group_bytes <= GROUP_LIMIT
    assert sum(len(packet) for _, packet in source.group) == source.group_bytes


def test_still_pictures_are_all_keys_and_one_is_kept(source: Source) -> None:
    camera, watcher = Camera(source, every=1, codec="jpeg"), Watcher()
    camera.give(8)
    source.join(watcher)
    assert [head.sequence for head in watcher.got] == [7]


def test_a_source_that_ended_leaves_nothing(source: Source) -> None:
    relay = Relay()
    watched, unwatched, watcher = relay.source(1), relay.source(2), Watcher()
    watched.join(watcher)
    for one in (watched, unwatched):
        Camera(one).give(3)
    relay.end(1)
    relay.end(2)
    relay.end(3)
    assert set(relay.sources) == {1}
    late = Watcher()
    relay.source(1).join(late)
    assert late.got == []
    back = Camera(watched)
    back.begin_anew()
    back.give(2)
    assert watcher.shows()
    assert len(late.got) == 2


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6))
def test_whatever_happens_what_is_sent_can_be_shown(seed: int) -> None:
    chance = random.Random(seed)
    source = Source(1)
    camera, watchers = (
        Camera(source, every=chance.randint(1, 12), size=chance.randint(1, 3000)),
        [Watcher(8000) for _ in range(3)],
    )
    for _ in range(200):
        match chance.randrange(9):
            case 0:
                camera.give(lose=True)
            case 1:
                camera.begin_anew()
            case 2 | 3:
                one = chance.choice(watchers)
                one.acknowledge(chance.randint(0, one.under_way + 10))
            case 4:
                one = chance.choice(watchers)
                if one not in source.viewers:
                    source.join(one)
            case _:
                camera.give()
    assert all(one.shows() for one in watchers)
    for one in watchers:
        numbers = [(head.epoch, head.sequence) for head in one.got]
        assert numbers == sorted(set(numbers)), "in their order, and nothing twice"
    assert all(one.under_way <= 8000 + 3024 for one in watchers)

import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer


class WallConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.channel_layer.group_add("positions", self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("positions", self.channel_name)

    async def position(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({"type": "position", **event["shown"]}))


class PictureConsumer(AsyncWebsocketConsumer):
    """A page that watches cameras: a group each, and bytes rather than base64."""

    async def connect(self) -> None:
        self.groups: list[str] = []
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        said = json.loads(text_data or "{}")
        if said.get("type") == "watch":
            found = [f"camera_{source}" for source in said["sources"]]
            for group in found:
                await self.channel_layer.group_add(group, self.channel_name)
            self.groups += found

    async def picture(self, event: dict[str, Any]) -> None:
        await self.send(bytes_data=event["packet"])

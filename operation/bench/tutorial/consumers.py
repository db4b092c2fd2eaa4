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

"""Messages of any length to pages.

Daphne's limit of a WebSocket message, 1 MiB, is meant for what comes in. autobahn holds what goes out to it as well, and raises:
the snapshot of a large district, or the first pictures of many tiles, would never come.
"""

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol


class LongMessages(WebSocketProtocol):
    """A connection whose limit is for what comes in alone."""

    maxMessagePayloadSize: int  # bytes; of the factory

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:
        """Send a message, however long; what has begun to close gets none, where autobahn would raise."""
        if self.state in (self.STATE_CLOSING, self.STATE_CLOSED):
            return
        limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0  # none
        try:
            super().serverSend(content, binary)
        finally:
            self.maxMessagePayloadSize = limit


def install() -> None:
    """Let Daphne use it for the connections of this process."""
    WebSocketFactory.protocol = LongMessages

"""QR codes, as the address of a picture that a page shows."""

import base64
import io

import segno


def picture(text: str) -> str:
    """The QR code of a text, as a `data:` address of an SVG image. Raises ValueError where the text is too long for one."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", scale=6, border=4, dark="#000", light="#fff")
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()

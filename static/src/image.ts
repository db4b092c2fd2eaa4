// A picture's bytes as something that can be drawn, by means that every browser has.

/** The picture in these bytes, null where they are none. */
export async function imageOf(bytes: Blob): Promise<HTMLImageElement | null> {
  const image = new Image();
  const address = URL.createObjectURL(bytes);
  try {
    await new Promise((there, none) => Object.assign(image, { onload: there, onerror: none, src: address }));
    return image;
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}

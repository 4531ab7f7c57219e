/**
 * Puts still WebP pictures of one size together into a moving one. It decodes nothing: the pictures' own data goes into
 * frames as it is (https://developers.google.com/speed/webp/docs/riff_container).
 */

export interface Frame {
  /** A WebP file, as Chromium's screenshots are. */
  readonly picture: Buffer;
  readonly milliseconds: number;
}

/** Flag of the header: this file is an animation. */
const ANIMATION = 0x02;
/** Each frame covers all of the one before. */
const NO_BLENDING = 0x02;
/** The chunks that hold a picture: lossy, lossless, and its transparency. */
const IMAGE_DATA = ['VP8 ', 'VP8L', 'ALPH'];

/** Plays for ever. */
export function animatedWebp(frames: readonly Frame[], width: number, height: number): Buffer {
  const size = Buffer.concat([uint24(width - 1), uint24(height - 1)]);
  const header = chunk('VP8X', Buffer.concat([Buffer.from([ANIMATION, 0, 0, 0]), size]));
  // Background colour, which no frame lets through, and how often it is played: 0 is for ever.
  const animation = chunk('ANIM', Buffer.alloc(6));
  const parts = frames.map(({ picture, milliseconds }) => {
    const place = Buffer.concat([
      uint24(0),
      uint24(0),
      size,
      uint24(milliseconds),
      Buffer.from([NO_BLENDING]),
    ]);
    return chunk('ANMF', Buffer.concat([place, imageData(picture)]));
  });
  const body = Buffer.concat([Buffer.from('WEBP'), header, animation, ...parts]);
  return Buffer.concat([Buffer.from('RIFF'), uint32(body.length), body]);
}

/** What of a picture goes into a frame: its image data, without what describes the file. */
function imageData(picture: Buffer): Buffer {
  const kept: Buffer[] = [];
  for (let at = 12; at + 8 <= picture.length; ) {
    const length = picture.readUInt32LE(at + 4);
    const end = at + 8 + length + (length % 2);
    if (IMAGE_DATA.includes(picture.toString('latin1', at, at + 4))) kept.push(picture.subarray(at, end));
    at = end;
  }
  if (kept.length === 0) throw new Error('A frame is no WebP picture.');
  return Buffer.concat(kept);
}

function chunk(name: string, data: Buffer): Buffer {
  const padding = Buffer.alloc(data.length % 2);
  return Buffer.concat([Buffer.from(name), uint32(data.length), data, padding]);
}

function uint24(value: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntLE(value, 0, 3);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The moving picture: each frame has the image data of its picture, and nothing else of the file it came from. */
import { animatedWebp } from '../../scripts/recording/animated-webp';

const uint32 = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const chunk = (name: string, data: readonly number[]) =>
  Buffer.from([...Buffer.from(name), ...uint32(data.length), ...data, ...(data.length % 2 ? [0] : [])]);
const picture = (...chunks: readonly Buffer[]) => {
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks]);
  return Buffer.concat([Buffer.from('RIFF'), Buffer.from(uint32(body.length)), body]);
};

test('two pictures become two frames of the full size, each shown for its own time', () => {
  const plain = picture(chunk('VP8 ', [1, 2, 3]));
  const described = picture(
    chunk('VP8X', [9, 9]),
    chunk('ICCP', [9]),
    chunk('VP8L', [4, 5]),
    chunk('EXIF', [9]),
  );
  const file = animatedWebp(
    [
      { picture: plain, milliseconds: 1200 },
      { picture: described, milliseconds: 70_000 },
    ],
    1280,
    800,
  );
  const size = [0xff, 0x04, 0, 0x1f, 0x03, 0];
  const place = (milliseconds: readonly number[]) => [0, 0, 0, 0, 0, 0, ...size, ...milliseconds, 2];
  expect(file).toEqual(
    picture(
      chunk('VP8X', [2, 0, 0, 0, ...size]),
      chunk('ANIM', [0, 0, 0, 0, 0, 0]),
      chunk('ANMF', [...place([0xb0, 0x04, 0]), ...chunk('VP8 ', [1, 2, 3])]),
      chunk('ANMF', [...place([0x70, 0x11, 0x01]), ...chunk('VP8L', [4, 5])]),
    ),
  );
});

test('a frame that is not a WebP picture is refused with an error', () => {
  const frame = { picture: Buffer.from('PNG'), milliseconds: 1 };
  expect(() => animatedWebp([frame], 1, 1)).toThrow('A frame is no WebP picture.');
});

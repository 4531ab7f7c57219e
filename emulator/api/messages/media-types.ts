/**
 * What kind of media an address leads to. Twilio fetches it and reads its Content-Type; the emulator fetches nothing, so
 * it goes by the end of the path. What it does not know is a picture: that is what most attachments are.
 */

/** https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages: Supported MIME types. */
const TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  amr: 'audio/amr',
  '3gp': 'audio/3gpp',
  aac: 'audio/aac',
  mp3: 'audio/mpeg',
  vcf: 'text/vcard',
  pdf: 'application/pdf',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

export function contentTypeOf(url: string): string {
  const [, ending = ''] = /\.([a-z0-9]+)$/i.exec(new URL(url).pathname) ?? [];
  return TYPES[ending.toLowerCase()] ?? 'image/jpeg';
}

/**
 * Whether a text is shown with it: with pictures and videos
 * (https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/image-messages). WhatsApp has no
 * captions of audio, stickers and contact cards, and Twilio sets none of documents ("Filenames and Captions" of the page
 * above): the text is dropped without an error.
 */
export function takesCaption(contentType: string): boolean {
  return contentType !== 'image/webp' && /^(?:image|video)\//.test(contentType);
}

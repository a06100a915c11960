//! The size of an image from the head of its file, and what an image of that size costs.

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImageSize {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// How closely the model is asked to look (OpenAI's `detail`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Detail {
    /// The model's choice, counted as [`High`](Self::High).
    #[default]
    Auto,
    /// One thumbnail for a fixed price.
    Low,
    /// All tiles.
    High,
}

/// How a family prices an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ImageRule {
    /// OpenAI's tiles: the image is fitted into 2048 × 2048, then its shorter side into 768; `base`, and
    /// `tile` for each 512 × 512 it then touches. Low detail is `base` alone.
    Tiles {
        /// Tokens of any image.
        base: u64,
        /// Tokens of each tile.
        tile: u64,
    },
    /// OpenAI's patches: one for each 32 × 32, at most 1,536 (larger images are scaled), times the factor.
    Patches {
        /// Tokens for each patch.
        factor: f64,
    },
    /// Anthropic's: long edge scaled to 1568, then width × height / 750, at most 1,600.
    Area,
}

/// The size that is assumed when an image comes as a URL or its head cannot be read: a common size of
/// screenshots after scaling, 765 tokens with the usual tiles and 1,399 by area.
pub const UNKNOWN_SIZE: ImageSize = ImageSize { width: 1_024, height: 1_024 };

const TILE_FIT: f64 = 2_048.0;
const TILE_SHORT_SIDE: f64 = 768.0;
const TILE: f64 = 512.0;
const PATCH: f64 = 32.0;
const PATCHES_MAX: f64 = 1_536.0;
const AREA_LONG_EDGE: f64 = 1_568.0;
const AREA_PER_TOKEN: f64 = 750.0;
const AREA_TOKENS_MAX: f64 = 1_600.0;

/// As published in OpenAI's "Images and vision" guide; the first prefix that fits.
const OPENAI_IMAGES: &[(&str, ImageRule)] = &[
    ("gpt-5-mini", ImageRule::Patches { factor: 1.62 }),
    ("gpt-5-nano", ImageRule::Patches { factor: 2.46 }),
    ("gpt-4.1-mini", ImageRule::Patches { factor: 1.62 }),
    ("gpt-4.1-nano", ImageRule::Patches { factor: 2.46 }),
    ("o4-mini", ImageRule::Patches { factor: 1.72 }),
    ("gpt-4o-mini", ImageRule::Tiles { base: 2_833, tile: 5_667 }),
    ("gpt-5", ImageRule::Tiles { base: 70, tile: 140 }),
    ("o1", ImageRule::Tiles { base: 75, tile: 150 }),
    ("o3", ImageRule::Tiles { base: 75, tile: 150 }),
];

impl ImageRule {
    /// GPT-4o, GPT-4.1 and GPT-4.5, and whatever the table does not know.
    pub const USUAL_TILES: Self = Self::Tiles { base: 85, tile: 170 };

    /// The rule of an OpenAI model.
    #[must_use]
    pub fn of_openai_model(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
        let known = OPENAI_IMAGES.iter().find(|(prefix, _)| name.starts_with(prefix));
        known.map_or(Self::USUAL_TILES, |(_, rule)| *rule)
    }

    /// Tokens of an image.
    #[must_use]
    pub fn tokens(self, size: ImageSize, detail: Detail) -> u64 {
        let (width, height) = (f64::from(size.width.max(1)), f64::from(size.height.max(1)));
        match self {
            Self::Tiles { base, .. } if detail == Detail::Low => base,
            Self::Tiles { base, tile } => base + tile * tiles(width, height),
            Self::Patches { factor } => (patches(width, height) * factor).ceil() as u64,
            Self::Area => {
                let shrink = (AREA_LONG_EDGE / width.max(height)).min(1.0);
                let tokens = (width * shrink) * (height * shrink) / AREA_PER_TOKEN;
                tokens.ceil().min(AREA_TOKENS_MAX) as u64
            }
        }
    }
}

fn tiles(width: f64, height: f64) -> u64 {
    let fit = (TILE_FIT / width.max(height)).min(1.0);
    let (width, height) = (width * fit, height * fit);
    let short = (TILE_SHORT_SIDE / width.min(height)).min(1.0);
    // Whole pixels, or 767.9999 and 768.0001 would differ by a tile.
    let tiles = |side: f64| ((side * short).round().max(1.0) / TILE).ceil() as u64;
    tiles(width) * tiles(height)
}

fn patches(width: f64, height: f64) -> f64 {
    let count = |scale: f64| (width * scale / PATCH).ceil() * (height * scale / PATCH).ceil();
    if count(1.0) <= PATCHES_MAX {
        return count(1.0);
    }
    let shrink = (PATCH * PATCH * PATCHES_MAX / (width * height)).sqrt();
    let (across, down) = (width * shrink / PATCH, height * shrink / PATCH);
    let whole = (across.floor() / across).min(down.floor() / down);
    count(shrink * whole).clamp(1.0, PATCHES_MAX)
}

/// Enough for PNG, GIF and WebP, and to see that it is a JPEG.
const HEAD_BYTES: usize = 64;
/// How far the frame header of a JPEG is looked for: past several segments of metadata.
const JPEG_HEAD_BYTES_MAX: usize = 256 * 1_024;

impl ImageSize {
    /// The size of a PNG, JPEG, GIF or WebP image from its base64 text or the beginning of it, with or
    /// without `data:…;base64,` before it. Only the head is decoded. `None` if it is none of
    /// these or says no size.
    #[must_use]
    pub fn of(base64: &str) -> Option<Self> {
        let data = match base64.strip_prefix("data:") {
            Some(url) => url.split_once(";base64,")?.1,
            None => base64,
        };
        let head = decode_head(data, HEAD_BYTES);
        if head.starts_with(JPEG) {
            return jpeg(&decode_head(data, JPEG_HEAD_BYTES_MAX));
        }
        Self::of_bytes(&head)
    }

    /// The same from the bytes of the file or the beginning of them.
    #[must_use]
    pub fn of_bytes(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            Self::known(big_u32(head, 16)?, big_u32(head, 20)?)
        } else if head.starts_with(b"GIF8") {
            Self::known(little_u16(head, 6)?, little_u16(head, 8)?)
        } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
            webp(head)
        } else if head.starts_with(JPEG) {
            jpeg(head)
        } else {
            None
        }
    }

    fn known(width: u32, height: u32) -> Option<Self> {
        (width > 0 && height > 0).then_some(Self { width, height })
    }
}

const JPEG: &[u8] = b"\xff\xd8";

/// Walks the segments up to the frame header, SOF0 to SOF15 without DHT, JPG and DAC.
fn jpeg(bytes: &[u8]) -> Option<ImageSize> {
    let mut at = JPEG.len();
    loop {
        let (&marker, &code) = (bytes.get(at)?, bytes.get(at + 1)?);
        match (marker, code) {
            (0xff, 0xff) => at += 1,
            (0xff, 0xc0..=0xcf) if !matches!(code, 0xc4 | 0xc8 | 0xcc) => {
                return ImageSize::known(big_u16(bytes, at + 7)?, big_u16(bytes, at + 5)?);
            }
            (0xff, 0x01 | 0xd0..=0xd7) => at += 2,
            (0xff, _) => at += 2 + big_u16(bytes, at + 2)? as usize,
            _ => return None,
        }
    }
}

fn webp(head: &[u8]) -> Option<ImageSize> {
    match head.get(12..16)? {
        b"VP8 " => ImageSize::known(little_u16(head, 26)? & 0x3fff, little_u16(head, 28)? & 0x3fff),
        b"VP8L" => {
            let bits = little_u32(head, 21)?;
            ImageSize::known((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
        }
        b"VP8X" => {
            let side = |at| {
                let [low, middle, high] = chunk(head, at)?;
                Some(u32::from_le_bytes([low, middle, high, 0]) + 1)
            };
            ImageSize::known(side(24)?, side(27)?)
        }
        _ => None,
    }
}

fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn big_u16(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(|bytes| u32::from(u16::from_be_bytes(bytes)))
}

fn little_u16(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(|bytes| u32::from(u16::from_le_bytes(bytes)))
}

fn big_u32(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(u32::from_be_bytes)
}

fn little_u32(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(u32::from_le_bytes)
}

/// Up to `bytes_max` bytes of base64, standard or URL-safe. Stops at the first character that belongs to
/// neither; line breaks are passed over. A text cut anywhere is fine, which a strict decoder refuses.
fn decode_head(base64: &str, bytes_max: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for character in base64.bytes() {
        let digit = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'\r' | b'\n' => continue,
            _ => break,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            if bytes.len() == bytes_max {
                break;
            }
        }
    }
    bytes
}

#[cfg(test)]
#[path = "image_tests.rs"]
mod tests;

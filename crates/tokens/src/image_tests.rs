use super::*;

fn size(width: u32, height: u32) -> ImageSize {
    ImageSize { width, height }
}

#[test]
fn prices_are_the_published_ones() {
    let area = ImageRule::Area;
    let usual = ImageRule::USUAL_TILES;
    let model = ImageRule::of_openai_model;
    let cases = [
        // OpenAI's own examples.
        (usual, 1_024, 1_024, Detail::High, 765),
        (usual, 2_048, 4_096, Detail::High, 1_105),
        (usual, 4_096, 8_192, Detail::Low, 85),
        (model("gpt-4.1-mini"), 1_024, 1_024, Detail::Auto, 1_659),
        (ImageRule::Patches { factor: 1.0 }, 1_024, 1_024, Detail::High, 1_024),
        (ImageRule::Patches { factor: 1.0 }, 1_800, 2_400, Detail::High, 1_452),
        (usual, 512, 512, Detail::High, 255),
        (usual, 513, 512, Detail::Auto, 425),
        (usual, 1, 100_000, Detail::High, 765),
        (usual, 0, 0, Detail::High, 255),
        (model("openai/gpt-4o-mini"), 1_024, 1_024, Detail::High, 25_501),
        (model("GPT-5"), 1_024, 1_024, Detail::High, 630),
        (model("o3"), 1_024, 1_024, Detail::Low, 75),
        // Anthropic's own examples.
        (area, 200, 200, Detail::High, 54),
        (area, 1_000, 1_000, Detail::High, 1_334),
        (area, 1_092, 1_092, Detail::Low, 1_590),
        (area, 8_000, 8_000, Detail::High, 1_600),
        (area, 3_136, 784, Detail::High, 820),
        (area, u32::MAX, 1, Detail::High, 1),
    ];
    for (rule, width, height, detail, tokens) in cases {
        assert_eq!(rule.tokens(size(width, height), detail), tokens, "{rule:?} {width}x{height}");
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .enumerate()
            .map(|(at, &byte)| u32::from(byte) << (16 - 8 * at))
            .sum::<u32>();
        for digit in 0..4 {
            let padding = digit > chunk.len();
            text.push(if padding {
                '='
            } else {
                DIGITS[(bits >> (18 - 6 * digit)) as usize & 63] as char
            });
        }
    }
    text
}

fn heads() -> Vec<(&'static str, Vec<u8>, Option<ImageSize>)> {
    let jpeg = |before_frame: &[u8]| {
        let mut bytes = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
        bytes.extend(before_frame);
        bytes.extend(b"\xff\xff\xc2\x00\x11\x08\x02\x58\x03\x20\x03");
        bytes
    };
    let mut exif = b"\xff\xe1\xff\xfe".to_vec();
    exif.resize(2 + 0xfffe, 0xc0);
    vec![
        (
            "png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x03\x20\0\0\x02\x58".to_vec(),
            Some(size(800, 600)),
        ),
        ("gif", b"GIF89a\x20\x03\x58\x02\xf7".to_vec(), Some(size(800, 600))),
        ("jpeg", jpeg(b""), Some(size(800, 600))),
        ("jpeg behind huffman tables", jpeg(b"\xff\xc4\x00\x04\xff\xc0"), Some(size(800, 600))),
        ("jpeg behind 64 KB of exif", jpeg(&exif), Some(size(800, 600))),
        ("jpeg without frame", jpeg(b"\xff\xda"), None),
        (
            "webp lossy",
            b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x20\x03\x58\x02".to_vec(),
            Some(size(800, 600)),
        ),
        (
            "webp lossless",
            b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x1f\xc3\x95\x00".to_vec(),
            Some(size(800, 600)),
        ),
        (
            "webp extended",
            b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x1f\x03\0\x57\x02\0".to_vec(),
            Some(size(800, 600)),
        ),
        ("png of no size", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\x02\x58".to_vec(), None),
        ("bmp", b"BM\0\0\0\0".to_vec(), None),
        ("nothing", Vec::new(), None),
    ]
}

#[test]
fn sizes_are_read_from_the_head() {
    for (name, mut head, expected) in heads() {
        assert_eq!(ImageSize::of_bytes(&head), expected, "{name}");
        head.extend([0x55; 400]);
        let text = base64(&head);
        assert_eq!(ImageSize::of(&text), expected, "{name}");
        assert_eq!(ImageSize::of(&format!("data:image/x;base64,{text}")), expected, "{name}");
        let url_safe = text.replace('+', "-").replace('/', "_").replacen('A', "A\r\n", 2);
        assert_eq!(ImageSize::of(&url_safe), expected, "{name}");
    }
    assert_eq!(ImageSize::of("data:image/svg+xml,<svg/>"), None);
    assert_eq!(ImageSize::of("https://example.com/x.png"), None);
}

/// However a head is cut or spoilt, nothing panics and no size is invented out of a cut one.
#[test]
fn cut_heads_have_no_size() {
    for (name, head, expected) in heads() {
        for length in 0..head.len().min(128) {
            let found = ImageSize::of_bytes(&head[..length]);
            assert!(found.is_none() || found == expected, "{name} cut to {length}: {found:?}");
            let mut spoilt = head.clone();
            spoilt[length] ^= 0xff;
            let _ = ImageSize::of_bytes(&spoilt);
        }
    }
}

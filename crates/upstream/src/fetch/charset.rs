//! From bytes to text: by the byte-order mark, else the header, else the page itself, else what the bytes can be.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Where a page may say its encoding (Encoding sniffing of the HTML standard).
const META_BYTES: usize = 1024;

/// The text, and the name of the encoding it was taken from. What cannot be decoded becomes U+FFFD, as in a browser.
pub(super) fn decode(body: &[u8], header: Option<&str>) -> (String, String) {
    let named = header.and_then(|label| Encoding::for_label(label.as_bytes()));
    let encoding = named.or_else(|| in_page(body)).unwrap_or_else(|| guessed(body));
    // `decode` looks for a mark first, which goes before all else.
    let (text, used, _) = encoding.decode(body);
    (text.into_owned(), used.name().to_owned())
}

/// `<meta charset=…>`, or `charset=` in a `<meta http-equiv>` or an XML declaration's `encoding=`.
fn in_page(body: &[u8]) -> Option<&'static Encoding> {
    let start = body.get(..META_BYTES).unwrap_or(body).to_ascii_lowercase();
    let start = String::from_utf8_lossy(&start);
    let label = |name: &str| {
        let after = start.split_once(name)?.1.trim_start().strip_prefix('=')?.trim_start();
        let label = after.trim_start_matches(['"', '\'']);
        let end = label.find(['"', '\'', ';', '>', ' ', '/', '?']).unwrap_or(label.len());
        label.get(..end).map(str::to_owned)
    };
    let declared = start.trim_start().starts_with("<?xml").then(|| label("encoding")).flatten();
    let label = declared.or_else(|| start.contains("<meta").then(|| label("charset")).flatten())?;
    Encoding::for_label(label.as_bytes())
}

fn guessed(body: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(body).is_ok() { UTF_8 } else { WINDOWS_1252 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_goes_before_the_header_and_the_header_before_the_page() {
        let cases: &[(&[u8], Option<&str>, &str, &str)] = &[
            ("aé".as_bytes(), None, "aé", "UTF-8"),
            (b"a\xe9", None, "aé", "windows-1252"),
            (b"a\xe9", Some("iso-8859-1"), "aé", "windows-1252"),
            (b"\xef\xbb\xbfa\xc3\xa9", Some("iso-8859-1"), "aé", "UTF-8"),
            (b"\xff\xfea\0", None, "a", "UTF-16LE"),
            (b"\x83e\x83X\x83g", Some("shift_jis"), "テスト", "Shift_JIS"),
            (b"<meta charset=shift_jis>\x83e", None, "<meta charset=shift_jis>テ", "Shift_JIS"),
            (b"<meta charset=\"gbk\">\xd6\xd0", None, "<meta charset=\"gbk\">中", "GBK"),
            (
                b"<META HTTP-EQUIV=x content='text/html; charset=koi8-r'>\xc1",
                None,
                "<META HTTP-EQUIV=x content='text/html; charset=koi8-r'>а",
                "KOI8-R",
            ),
            (
                b"<?xml version='1.0' encoding='windows-1251'?>\xe0",
                None,
                "<?xml version='1.0' encoding='windows-1251'?>а",
                "windows-1251",
            ),
            (b"<meta charset=utf-8>\xff", None, "<meta charset=utf-8>\u{fffd}", "UTF-8"),
            (b"charset=koi8-r \xc1", None, "charset=koi8-r Á", "windows-1252"),
            (b"a", Some("no such thing"), "a", "UTF-8"),
        ];
        for (body, header, text, name) in cases {
            let (decoded, used) = decode(body, *header);
            assert_eq!((decoded.as_str(), used.as_str()), (*text, *name), "{body:?}");
        }
    }
}

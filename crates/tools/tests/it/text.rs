//! What is in a file: its encoding, its byte-order mark, its line endings, its hash.

mod diff;

use expect_test::expect;
use ironbridge_tools::text::{
    ContentHash, Encoding, LineEnding, LineEndings, Lines, Text, split_terminator, with_line_ending,
};
use proptest::prelude::*;

/// Sentences in their languages, in the encodings files of such languages have.
#[test]
fn text_of_every_encoding_comes_back() {
    let sentences = [
        ("utf-8", "Grüße, 你好, こんにちは, 😀\n"),
        ("utf-16le", "Grüße, 你好, こんにちは, 😀\n"),
        ("utf-16be", "Grüße, 你好, こんにちは, 😀\n"),
        ("windows-1252", "Les élèves préfèrent l'été à l'hiver — c'est sûr.\n"),
        ("windows-1252", "Die Größe der Änderung überrascht jeden.\n"),
        ("windows-1252", "El niño comió una piña mañana.\n"),
        ("windows-1252", "naïve"),
        ("windows-1252", "25 °C"),
        ("windows-1251", "Широкая электрификация южных губерний.\n"),
        ("koi8-r", "Широкая электрификация южных губерний даст мощный толчок.\n"),
        ("gbk", "软件配置文件的说明：请不要修改本文件。\n"),
        ("gb18030", "汉字㐀㐁的说明：请不要修改本文件。\n"),
        ("big5", "軟體設定檔的說明：請不要修改這個檔案。\n"),
        ("shift_jis", "設定ファイルの説明です。変更しないでください。ｶﾀｶﾅ\n"),
        ("euc-jp", "設定ファイルの説明です。変更しないでください。\n"),
        ("euc-kr", "설정 파일의 설명입니다. 수정하지 마십시오.\n"),
    ];
    let mut report = String::new();
    for (name, sentence) in sentences {
        let written = Encoding::for_name(name).expect("a name of the standard");
        for bom in [false, true] {
            let mark = if bom { written.byte_order_mark() } else { b"" };
            if bom && mark.is_empty() {
                continue;
            }
            let bytes = [mark, &written.encode(sentence).expect("it has them all")].concat();
            let Ok(text) = Text::decode(bytes.clone()) else {
                report.push_str(&format!("{name} bom:{bom}: no text\n"));
                continue;
            };
            assert!(text.exact, "{name}");
            assert_eq!(text.encode(&text.content).as_ref(), Ok(&bytes), "{name}");
            let right = if text.content == sentence { "" } else { ", read wrongly" };
            report.push_str(&format!("{name} bom:{bom}: {}{right}\n", text.encoding.name()));
        }
    }
    expect![[r#"
        utf-8 bom:false: utf-8
        utf-8 bom:true: utf-8
        utf-16le bom:false: utf-16le
        utf-16le bom:true: utf-16le
        utf-16be bom:false: utf-16be
        utf-16be bom:true: utf-16be
        windows-1252 bom:false: windows-1252
        windows-1252 bom:false: windows-1252
        windows-1252 bom:false: windows-1252
        windows-1252 bom:false: windows-1252
        windows-1252 bom:false: windows-1252
        windows-1251 bom:false: windows-1251
        koi8-r bom:false: koi8-u
        gbk bom:false: gbk
        gb18030 bom:false: gb18030
        big5 bom:false: big5
        shift_jis bom:false: shift_jis
        euc-jp bom:false: euc-jp
        euc-kr bom:false: euc-kr
    "#]]
    .assert_eq(&report);
}

#[test]
fn encodings_are_known_by_their_labels_and_those_with_states_are_not_written() {
    let name = |label: &str| Encoding::for_name(label).map_or("-".to_owned(), Encoding::name);
    let labels =
        ["UTF8", "latin1", "cp1252", "sjis", "gb2312", "utf-16", "iso-2022-jp", "replacement", "x"];
    expect!["utf-8 windows-1252 windows-1252 shift_jis gbk utf-16le - - -"]
        .assert_eq(&labels.map(name).join(" "));
}

#[test]
fn a_character_that_the_encoding_lacks_is_named_with_its_place() {
    let said = |name: &str, text: &str| {
        let encoding = Encoding::for_name(name).expect("a name of the standard");
        encoding.encode(text).map_or_else(|error| error.to_string(), |_| "encoded".to_owned())
    };
    let cases = [
        said("windows-1252", "ok\r\nné \u{4f60}\u{4f60}"),
        said("shift_jis", "\u{1F600}"),
        said("gbk", "\u{3400}"),
        said("windows-1252", "a\u{0}b\u{81}"),
        said("gb18030", "\u{1F600}\u{3400}"),
    ];
    expect![[r#"
        line 2, column 4: `你` (U+4F60) does not exist in windows-1252
        line 1, column 1: `😀` (U+1F600) does not exist in shift_jis
        line 1, column 1: `㐀` (U+3400) does not exist in gbk
        encoded
        encoded"#]]
    .assert_eq(&cases.join("\n"));
}

#[test]
fn hashes_are_written_and_read() {
    let hash = ContentHash::of(b"");
    expect!["blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"]
        .assert_eq(&hash.to_string());
    assert_eq!(hash.to_string().to_uppercase().replace("BLAKE", "blake").parse(), Ok(hash));
    for wrong in ["", "blake3:", "md5:00", "blake3:é", &hash.to_string()[1..], &format!("{hash}0")]
    {
        assert!(wrong.parse::<ContentHash>().is_err(), "{wrong}");
    }
}

#[test]
fn line_endings_are_counted_and_converted() {
    let said = |text: &str| {
        let endings = LineEndings::of(text);
        let lines: Vec<&str> = Lines::of(text).iter().collect();
        format!(
            "{text:?}: {:?}, prefers {:?}, {lines:?}, as crlf {:?}",
            endings.kind(),
            endings.preferred(),
            with_line_ending(text, LineEnding::CrLf),
        )
    };
    let texts =
        ["", "a", "a\n", "a\r\nb", "a\rb\r", "a\r\nb\n", "a\nb\r\n", "a\rb\n", "\n\r", "\r\r\n"];
    expect![[r#"
        "": None, prefers Lf, [], as crlf ""
        "a": None, prefers Lf, ["a"], as crlf "a"
        "a\n": Lf, prefers Lf, ["a\n"], as crlf "a\r\n"
        "a\r\nb": CrLf, prefers CrLf, ["a\r\n", "b"], as crlf "a\r\nb"
        "a\rb\r": Cr, prefers Cr, ["a\r", "b\r"], as crlf "a\r\nb\r\n"
        "a\r\nb\n": Mixed, prefers CrLf, ["a\r\n", "b\n"], as crlf "a\r\nb\r\n"
        "a\nb\r\n": Mixed, prefers Lf, ["a\n", "b\r\n"], as crlf "a\r\nb\r\n"
        "a\rb\n": Lf, prefers Lf, ["a\rb\n"], as crlf "a\rb\r\n"
        "\n\r": Lf, prefers Lf, ["\n", "\r"], as crlf "\r\n\r"
        "\r\r\n": CrLf, prefers CrLf, ["\r\r\n"], as crlf "\r\r\n""#]]
    .assert_eq(&texts.map(said).join("\n"));
    assert_eq!(split_terminator("a\r\n"), ("a", "\r\n"));
}

#[test]
fn lines_have_numbers_and_places() {
    let lines = Lines::of("ab\ncd");
    assert_eq!((lines.count(), lines.start(0), lines.start(3)), (2, None, Some(5)));
    assert_eq!((lines.range(0), lines.range(2), lines.range(3)), (None, Some(3..5), None));
    assert_eq!([0, 2, 3, 9].map(|byte| lines.line_at(byte)), [1, 1, 2, 2]);
    assert_eq!((Lines::of("").count(), Lines::of("").line_at(0)), (0, 1));
}

/// Bytes as files have them: much ASCII, line ends, some that are rare.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        6 => b' '..=b'~',
        2 => prop_oneof![Just(b'\n'), Just(b'\r')],
        2 => 0x80_u8..=0xFF,
        1 => Just(0_u8),
    ];
    let marks: [&[u8]; 4] = [b"", b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];
    let mark = prop::sample::select(marks.to_vec());
    (mark, prop::collection::vec(byte, 0..80)).prop_map(|(mark, rest)| [mark, &rest].concat())
}

proptest! {
    #![proptest_config(crate::properties::config(256))]

    #[test]
    fn exact_means_the_very_same_bytes(bytes in bytes()) {
        if let Ok(text) = Text::decode(bytes.clone()) {
            let again = text.encode(&text.content);
            prop_assert_eq!(text.exact, again.as_ref() == Ok(&bytes), "{:?}", text);
        }
    }

    /// Replacing a part of the text replaces a part of the bytes.
    #[test]
    fn a_splice_of_the_text_is_a_splice_of_the_bytes(bytes in bytes(), at in 0..100_usize) {
        if let Ok(text) = Text::decode(bytes.clone()) {
            let cut = text.content.floor_char_boundary(text.content.len() * at / 100);
            let (head, tail) = text.content.split_at(cut);
            if text.exact {
                let new = text.encode(&format!("{head}new{tail}")).expect("ASCII is in each");
                let head = text.encode(head).expect("it was there");
                prop_assert!(bytes.starts_with(&head));
                prop_assert!(new.starts_with(&head));
                prop_assert!(new.ends_with(bytes.get(head.len()..).expect("the rest")));
            }
        }
    }

    #[test]
    fn lines_make_up_the_text(text in "[ab\r\n]{0,20}") {
        let lines = Lines::of(&text);
        prop_assert_eq!(lines.iter().collect::<String>(), text.as_str());
        for number in 1..=lines.count() {
            let range = lines.range(number).expect("it is there");
            prop_assert!(range.clone().all(|byte| lines.line_at(byte) == number));
        }
    }

    #[test]
    fn converting_changes_line_endings_alone(text in "[ab\r\n]{0,20}") {
        for ending in [LineEnding::Lf, LineEnding::CrLf, LineEnding::Cr] {
            let converted = with_line_ending(&text, ending);
            let is_lf_text = text.contains('\n');
            // A CR in a line is no line ending, until one stands behind it that was converted to LF.
            if !(is_lf_text && text.replace("\r\n", "").contains('\r')) {
                let again = with_line_ending(&converted, ending);
                prop_assert_eq!(&again, &converted);
                let bare = |text: &str| Lines::of(text).iter()
                    .map(|line| split_terminator(line).0.to_owned()).collect::<Vec<_>>();
                prop_assert_eq!(bare(&converted), bare(&text));
            }
        }
    }
}

/// A few bytes with a NUL among them are taken for text only where each unit speaks for it.
#[test]
fn a_little_utf_16_is_believed_only_without_doubt() {
    let cases: [(&[u8], &str); 7] = [
        (b"\0old", "-"),
        (b"old\0", "-"),
        (b"a\0", "utf-16le"),
        (b"h\0i\0\n\0", "utf-16le"),
        (b"\0h\0\xE9\0\n", "utf-16be"),
        (b"\0a\0\0", "-"),
        (b"PK\x03\x04\0\0", "-"),
    ];
    for (bytes, expected) in cases {
        let found = Text::decode(bytes.to_vec()).map(|text| text.encoding.name());
        assert_eq!(found.as_deref().unwrap_or("-"), expected, "{bytes:?}");
    }
}

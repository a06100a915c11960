//! Archives that were made to do harm, or are broken.

use std::io::{Cursor, Write as _};

use expect_test::{Expect, expect};
use ironbridge_tools::limits::ArchiveLimits;
use tar::{EntryType, Header};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::taken_out;

/// An entry of a tar: kind, name, link, content.
type Raw<'a> = (EntryType, &'a str, &'a str, &'a [u8]);

/// A tar of entries as they are.
fn tar(entries: &[Raw<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, name, link, content) in entries {
        let mut header = Header::new_gnu();
        // Set by hand: the crate refuses the names that are wanted here.
        header.as_gnu_mut().expect("gnu").name[..name.len()].copy_from_slice(name.as_bytes());
        header.as_gnu_mut().expect("gnu").linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_mtime(1_000_000_000);
        header.set_size(content.len() as u64);
        header.set_cksum();
        bytes.extend(header.as_bytes());
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn file<'a>(name: &'a str, content: &'a [u8]) -> Raw<'a> {
    (EntryType::Regular, name, "", content)
}

fn link<'a>(name: &'a str, target: &'a str) -> Raw<'a> {
    (EntryType::Symlink, name, target, b"")
}

fn hard<'a>(name: &'a str, target: &'a str) -> Raw<'a> {
    (EntryType::Link, name, target, b"")
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for (name, content) in files {
        archive.start_file(*name, options).expect("begun");
        archive.write_all(content).expect("written");
    }
    archive.finish().expect("finished").into_inner()
}

fn check(bytes: &[u8], name: &str, expected: &Expect) {
    expected.assert_eq(&taken_out(bytes, name, |_| {}));
}

#[test]
fn names_that_lead_out_are_refused() {
    let mut text = String::new();
    let names =
        ["../outside", "a/../../outside", "/outside", "C:\\x", "..\\outside", "\\\\server\\x"];
    for name in names {
        text += &taken_out(&tar(&[file("good", b"x"), file(name, b"x")]), "a.tar", |_| {});
        text += &taken_out(&zip(&[("good", b"x"), (name, b"x")]), "a.zip", |_| {});
    }
    expect![[r#"
        unsafe_name: "../outside": refused, it goes up
        unsafe_name: "../outside": refused, it goes up
        unsafe_name: "a/../../outside": refused, it goes up
        unsafe_name: "a/../../outside": refused, it goes up
        unsafe_name: "/outside": refused, it is absolute
        unsafe_name: "/outside": refused, it is absolute
        unsafe_name: "C:\\x": refused, it names a drive
        unsafe_name: "C:\\x": refused, it names a drive
        unsafe_name: "..\\outside": refused, it goes up
        unsafe_name: "..\\outside": refused, it goes up
        unsafe_name: "\\\\server\\x": refused, it is absolute
        unsafe_name: "\\\\server\\x": refused, it is absolute
    "#]]
    .assert_eq(&text);
}

#[test]
fn links_that_lead_out_are_refused_and_nothing_is_written_through_a_link() {
    let mut text = String::new();
    let cases: [&[Raw<'_>]; 9] = [
        &[link("l", "/etc/passwd")],
        &[link("l", "../outside")],
        &[link("d/l", "../../outside")],
        &[link("l", "."), file("l/x", b"through the link")],
        &[link("a", ".."), file("a/outside", b"x")],
        &[link("p/q", ".."), link("e", "p/q/../../outside")],
        &[hard("h", "../outside")],
        &[hard("h", "missing")],
        &[link("l", "x"), hard("h", "l")],
    ];
    for entries in cases {
        text += &taken_out(&tar(entries), "a.tar", |_| {});
    }
    expect![[r#"
        unsafe_link: l: refused, this link leads to "/etc/passwd", which is absolute
        unsafe_link: l: refused, this link leads to "../outside", which lies outside of the target
        unsafe_link: d/l: refused, this link leads to "../../outside", which lies outside of the target
        duplicate_entry: l/x: comes twice in the archive, or lies below a file of it
        unsafe_link: a: refused, this link leads to "..", which lies outside of the target
        unsafe_link: e: refused, this link leads to "p/q/../../outside", which goes up behind a name
        unsafe_name: "../outside": refused, it goes up
        unsafe_link: h: refused, this link leads to "missing", which is no earlier file of this archive
        unsafe_link: h: refused, this link leads to "l", which is no earlier file of this archive
    "#]].assert_eq(&text);
    let harmless = [
        file("d/f", b"x"),
        hard("d/hard", "d/f"),
        link("l", "d/f"),
        link("d/up", "../l"),
        link("chain", "d/up"),
    ];
    check(
        &tar(&harmless),
        "a.tar",
        &expect![[r#"
        link to "d/up" chain
        folder 755 0 d
        file 644 1000000000 "x" d/f
        file 644 1000000000 "x" d/hard
        link to "../l" d/up
        link to "d/f" l
    "#]],
    );
}

#[test]
fn a_link_in_a_zip_is_judged_too() {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    archive.add_symlink("good", "x", options).expect("added");
    archive.add_symlink("l", "../../outside", options).expect("added");
    let bytes = archive.finish().expect("finished").into_inner();
    check(
        &bytes,
        "a.zip",
        &expect![[r#"
        unsafe_link: l: refused, this link leads to "../../outside", which lies outside of the target
    "#]],
    );
}

#[test]
fn names_that_come_twice_are_refused() {
    let mut text = String::new();
    let cases: [&[Raw<'_>]; 4] = [
        &[file("a", b"1"), file("./a", b"2")],
        &[file("a", b"1"), file("a/b", b"2")],
        &[file("a/b", b"1"), file("a", b"2")],
        &[link("a", "b"), file("a", b"2")],
    ];
    for entries in cases {
        text += &taken_out(&tar(entries), "a.tar", |_| {});
    }
    // Made of two different names of one length, so that both headers stay right.
    let mut twice = zip(&[("name-1", b"x"), ("name-2", b"y")]);
    let mut at = 0;
    while let Some(found) = twice[at..].windows(6).position(|window| window == b"name-2") {
        twice[at + found + 5] = b'1';
        at += found + 6;
    }
    text += &taken_out(&twice, "a.zip", |_| {});
    expect![[r#"
        duplicate_entry: ./a: comes twice in the archive, or lies below a file of it
        duplicate_entry: a/b: comes twice in the archive, or lies below a file of it
        duplicate_entry: a: comes twice in the archive, or lies below a file of it
        duplicate_entry: a: comes twice in the archive, or lies below a file of it
        duplicate_entry: a name: comes twice in the archive, or lies below a file of it
    "#]]
    .assert_eq(&text);
}

#[test]
fn kinds_that_are_no_files_are_refused() {
    let mut text = String::new();
    for kind in [EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::GNUSparse] {
        text += &taken_out(&tar(&[(kind, "special", "", b"")]), "a.tar", |_| {});
    }
    text += &taken_out(&tar(&[(EntryType::new(b'Z'), "special", "", b"")]), "a.tar", |_| {});
    let pax = b"18 GNU.sparse.a=b\n";
    text += &taken_out(&tar(&[(EntryType::XHeader, "p", "", pax)]), "a.tar", |_| {});
    let pax = b"13 size=1000\n";
    text +=
        &taken_out(&tar(&[(EntryType::XHeader, "p", "", pax), file("a", b"x")]), "a.tar", |_| {});
    expect![[r#"
        unsupported: special: it is a device
        unsupported: special: it is a device
        unsupported: special: it is a FIFO
        unsupported: special: it is a sparse file
        unsupported: special: it is of the unknown kind "Z"
        unsupported: an entry: it is a sparse file
        unsupported: an entry: its size stands in a pax record
    "#]]
    .assert_eq(&text);
}

#[test]
fn set_user_id_is_dropped() {
    let mut bytes = tar(&[file("a", b"x")]);
    let mut header = Header::from_byte_slice(&bytes[..512]).clone();
    header.set_mode(0o6755);
    header.set_cksum();
    bytes[..512].copy_from_slice(header.as_bytes());
    check(
        &bytes,
        "a.tar",
        &expect![[r#"
        file 755 1000000000 "x" a
    "#]],
    );
}

#[test]
fn an_encrypted_zip_is_told() {
    let mut bytes = zip(&[("secret", b"text")]);
    // Bit 0 of the flags, in the entry's own header and in the directory (APPNOTE.TXT 4.4.4).
    bytes[6] |= 1;
    let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").expect("one");
    bytes[directory + 8] |= 1;
    check(
        &bytes,
        "a.zip",
        &expect![[r#"
        encrypted: secret: is encrypted; take it out with `unzip` or `7z` and its password
    "#]],
    );
}

#[test]
fn bombs_are_refused() {
    let zeros = vec![0; 300_000];
    let small = |limits: &mut ArchiveLimits| {
        *limits = ArchiveLimits {
            entries: 5,
            file_bytes: 200_000,
            total_bytes: 250_000,
            ratio: 20,
            ratio_from_bytes: 50_000,
            ..limits.clone()
        };
    };
    let mut text = String::new();
    let many: Vec<Raw<'_>> = ["a", "b", "c", "d", "e", "f"].map(|name| file(name, b"")).to_vec();
    let random: Vec<u8> =
        (0..150_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("written");
        encoder.finish().expect("finished")
    };
    let compressed_zeros = tar(&[file("a", &zeros[..150_000])]);
    for (name, bytes) in [
        ("many.tar", tar(&many)),
        ("many.zip", zip(&["a", "b", "c", "d", "e", "f"].map(|name| (name, &b""[..])))),
        ("large.tar", tar(&[file("a", &zeros)])),
        ("large.zip", zip(&[("a", &zeros[..])])),
        ("total.tar", tar(&[file("a", &random), file("b", &random)])),
        ("total.zip", zip(&[("a", &random[..]), ("b", &random[..])])),
        ("ratio.zip", zip(&[("a", &zeros[..150_000])])),
        ("ratio.tar.gz", gzip(&compressed_zeros)),
        ("ratio.tar.zst", zstd::encode_all(&compressed_zeros[..], 3).expect("compressed")),
        // Zeros behind the end of the archive.
        ("behind.tar.gz", gzip(&[tar(&[file("a", b"x")]), zeros.clone()].concat())),
        // A name of 300 kB, which must not be read into memory.
        ("name.tar", tar(&[(EntryType::GNULongName, "x", "", &zeros), file("a", b"x")])),
    ] {
        text += &format!("{name}: {}", taken_out(&bytes, name, small));
    }
    expect![[r#"
        many.tar: too_large: refused, it has more than 5 entries; where it is to be trusted, raise the limit archive.entries
        many.zip: too_large: refused, it has more than 5 entries; where it is to be trusted, raise the limit archive.entries
        large.tar: too_large: refused, it has more than 200000 bytes in one file; where it is to be trusted, raise the limit archive.file_bytes
        large.zip: too_large: refused, it has more than 250000 bytes; where it is to be trusted, raise the limit archive.total_bytes
        total.tar: too_large: refused, it has more than 250000 bytes; where it is to be trusted, raise the limit archive.total_bytes
        total.zip: too_large: refused, it has more than 250000 bytes; where it is to be trusted, raise the limit archive.total_bytes
        ratio.zip: too_large: refused, it has more than 20 times its own size in it; where it is to be trusted, raise the limit archive.ratio
        ratio.tar.gz: too_large: refused, it has more than 20 times its own size in it; where it is to be trusted, raise the limit archive.ratio
        ratio.tar.zst: too_large: refused, it has more than 20 times its own size in it; where it is to be trusted, raise the limit archive.ratio
        behind.tar.gz: too_large: refused, it has more than 20 times its own size in it; where it is to be trusted, raise the limit archive.ratio
        name.tar: unsafe_name: "": refused, it is too long
    "#]].assert_eq(&text);
}

#[test]
fn a_zip_that_lies_about_a_size_is_found_out() {
    let zeros = vec![0; 100_000];
    let mut bytes = zip(&[("a", &zeros[..])]);
    // The directory says 10 bytes; what comes out is counted all the same.
    let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").expect("one");
    bytes[directory + 24..directory + 28].copy_from_slice(&10_u32.to_le_bytes());
    let text = taken_out(&bytes, "a.zip", |limits| limits.file_bytes = 50_000);
    assert!(text.starts_with("too_large") || text.starts_with("damaged"), "{text}");
}

#[test]
fn what_is_cut_or_changed_is_told_as_damaged() {
    let content: Vec<u8> = (0..20_000_u32).flat_map(u32::to_le_bytes).collect();
    let gz = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&tar(&[file("a", &content)])).expect("written");
        encoder.finish().expect("finished")
    };
    let zst = {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
        encoder.include_checksum(true).expect("set");
        encoder.write_all(&tar(&[file("a", &content)])).expect("written");
        encoder.finish().expect("finished")
    };
    let archives = [
        ("a.zip", zip(&[("a", &content)])),
        ("a.tar", tar(&[file("a", &content)])),
        ("a.tar.gz", gz),
        ("a.tar.zst", zst),
    ];
    for (name, bytes) in &archives {
        let cut = taken_out(&bytes[..bytes.len() / 2], name, |_| {});
        assert!(cut.starts_with("damaged: "), "{name}: {cut}");
    }
    for (name, bytes) in &archives {
        let mut changed = bytes.clone();
        changed[100] ^= 0x55;
        let changed = taken_out(&changed, name, |_| {});
        assert!(changed.starts_with("damaged: "), "{name}: {changed}");
    }
    let mut text = taken_out(b"no archive at all", "a.bin", |_| {});
    text += &taken_out(b"no archive at all", "a.zip", |_| {});
    text += &taken_out(b"", "a.tar.gz", |_| {});
    text += &taken_out(b"", "a.tar", |_| {});
    expect![[r#"
        unknown_format: PROJECT/a.bin: neither zip, tar, tar.gz nor tar.zst
        damaged: the archive is damaged: invalid Zip archive: Could not find EOCD
        damaged: the archive is damaged: unexpected end of file
    "#]]
    .assert_eq(&text);
}

#[test]
fn an_archive_in_an_archive_is_a_file() {
    let inner = zip(&[("../x", b"x")]);
    let text = taken_out(&zip(&[("inner.zip", &inner)]), "a.zip", |_| {});
    assert!(text.contains(" bytes inner.zip"), "{text}");
}

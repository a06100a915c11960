//! What goes in comes out, here and with the programs everybody has.

use std::fs;
use std::process::Command;

use expect_test::expect;
use ironbridge_tools::Control;
use ironbridge_tools::archive::{self, CreateInput, Progress};
use proptest::prelude::*;

use super::{Project, refusal};

const NAMES: [&str; 4] = ["a.zip", "a.tar", "a.tar.gz", "a.tar.zst"];

/// A tree with all that archives keep, under `in`.
#[cfg(unix)]
fn sample() -> Project {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let project = Project::new();
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(project.root.join(path), fs::Permissions::from_mode(mode))
            .expect("set");
    };
    project.write("in/text", "text\n");
    project.write("in/empty", "");
    project.write("in/run.sh", "#!/bin/sh\n");
    project.write("in/deep/er/with space \u{e9}", "x".repeat(200_000));
    project.write(&format!("in/{}/{}", "long".repeat(30), "name".repeat(40)), "long\n");
    project.write("in/read-only/file", "x");
    fs::create_dir(project.root.join("in/no files")).expect("created");
    symlink("../text", project.root.join("in/deep/link")).expect("linked");
    symlink("dangling", project.root.join("in/dangling")).expect("linked");
    mode("in/run.sh", 0o4755);
    mode("in/text", 0o600);
    for path in ["in/text", "in/empty", "in/read-only/file", "in/no files", "in/read-only"] {
        let touched = Command::new("touch")
            .args(["-d", "2001-02-03T04:05:07Z"])
            .arg(project.root.join(path))
            .status();
        assert!(touched.expect("touch runs").success());
    }
    mode("in/read-only", 0o555);
    project
}

#[cfg(unix)]
#[test]
fn every_format_gives_back_what_went_in() {
    let project = sample();
    for name in NAMES {
        let created = project.create(name, &["in"]).expect(name);
        let extracted = project.extract(name, &format!("{name}.out")).expect(name);
        assert_eq!(created.format, extracted.format);
        assert_eq!(created.entries, extracted.files + extracted.folders + extracted.links);
        assert_eq!(created.content_bytes, extracted.bytes);
        let tree = project.tree(&format!("project/{name}.out/in"));
        // Set-user-id is not kept; all else is.
        let wanted = project.tree("project/in").replace("4755", "755");
        assert_eq!(tree, wanted, "{name}");
    }
    expect![[r##"
        link to "dangling" dangling
        folder 755 0 deep
        folder 755 0 deep/er
        file 644 0 200000 bytes deep/er/with space é
        link to "../text" deep/link
        file 644 981173107 "" empty
        folder 755 0 longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglong
        file 644 0 "long\n" longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglong/namenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamenamename
        folder 755 981173107 no files
        folder 555 981173107 read-only
        file 644 981173107 "x" read-only/file
        file 4755 0 "#!/bin/sh\n" run.sh
        file 600 981173107 "text\n" text
    "##]].assert_eq(&project.tree("project/in"));
}

#[cfg(unix)]
#[test]
fn other_programs_read_what_we_write() {
    let project = sample();
    for (name, program, arguments) in [
        ("a.zip", "unzip", "-q ../a.zip"),
        ("a.tar", "tar", "xpf ../a.tar"),
        ("a.tar.gz", "tar", "xpzf ../a.tar.gz"),
        ("a.tar.zst", "tar", "xpf ../a.tar.zst --zstd"),
    ] {
        project.create(name, &["in"]).expect(name);
        let out = project.root.join(format!("{name}.{program}"));
        fs::create_dir(&out).expect("created");
        let mut command = Command::new(program);
        command.current_dir(&out).args(arguments.split(' ')).env("TZ", "Pacific/Auckland");
        match command.output() {
            Err(_) => println!("skipped: {program} is missing"),
            Ok(output) => {
                assert!(output.status.success(), "{output:?}");
                let tree = project.tree(&format!("project/{name}.{program}/in"));
                assert_eq!(tree, project.tree("project/in").replace("4755", "755"), "{name}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn we_read_what_other_programs_write() {
    let project = sample();
    for (name, program, arguments) in [
        ("b.zip", "zip", "-q -r --symlinks b.zip in"),
        ("b.tar", "tar", "cf b.tar in"),
        ("pax.tar", "tar", "--format=pax -cf pax.tar in"),
        ("ustar.tar", "tar", "--format=gnu -cf ustar.tar in"),
        ("b.tgz", "tar", "czf b.tgz in"),
        ("b.tar.zst", "tar", "--zstd -cf b.tar.zst in"),
    ] {
        let made =
            Command::new(program).current_dir(&project.root).args(arguments.split(' ')).output();
        let Ok(made) = made else {
            println!("skipped: {program} is missing");
            continue;
        };
        assert!(made.status.success(), "{made:?}");
        project.extract(name, &format!("{name}.out")).expect(name);
        let tree = project.tree(&format!("project/{name}.out/in"));
        assert_eq!(tree, project.tree("project/in").replace("4755", "755"), "{name}");
    }
}

#[test]
fn the_same_files_give_the_same_archive() {
    for name in NAMES {
        let make = |order: &[&str]| {
            let project = Project::new();
            for path in order {
                project.write(path, path);
            }
            let sources = order.iter().rev().map(Into::into).collect();
            let modified = Some(1_000_000_000);
            let input = CreateInput { sources, modified, ..CreateInput::new(name) };
            archive::create(&project.workspace, &input, &Control::unbounded()).expect(name);
            fs::read(project.root.join(name)).expect("an archive")
        };
        assert!(make(&["x/b", "x/a", "c"]) == make(&["c", "x/a", "x/b"]), "{name}");
    }
}

#[test]
fn names_start_at_the_root_and_sources_lie_in_it() {
    let project = Project::new();
    project.write("web/dist/index.html", "x");
    project.write("other", "x");
    let input = |root: &str, source: &str| CreateInput {
        sources: vec![source.into()],
        root: Some(root.into()),
        overwrite: true,
        ..CreateInput::new("a.tar")
    };
    let create = |root: &str, source: &str| {
        archive::create(&project.workspace, &input(root, source), &Control::unbounded())
    };
    create("web/dist", "web/dist").expect("created");
    project.extract("a.tar", "out").expect("extracted");
    assert_eq!(project.tree("project/out").lines().count(), 1);
    let mut text = refusal(&project, create("web", "other"));
    text += &refusal(&project, create("web", "web/missing"));
    text += &refusal(&project, create(".", "../outside"));
    text += &refusal(&project, create("other", "other"));
    text += &refusal(&project, project.create("a.rar", &["other"]));
    text += &refusal(&project, project.create("a.zip", &[]));
    text += &refusal(&project, project.create("web", &["other"]));
    text += &refusal(&project, project.create("../a.zip", &["other"]));
    expect![[r#"
        outside_root: PROJECT/other: lies outside of PROJECT/web, where names in the archive start
        not_found: missing: cannot be opened: entity not found
        outside: TOP: lies outside PROJECT
        not_a_file: PROJECT/other: cannot be opened: Not a directory (os error 20)
        unknown_format: a.rar: neither zip, tar, tar.gz nor tar.zst
        invalid_request: an archive has `sources`
        unknown_format: web: neither zip, tar, tar.gz nor tar.zst
        outside: TOP/a.zip: lies outside PROJECT
    "#]]
    .assert_eq(&text);
}

#[test]
fn an_archive_does_not_hold_itself_and_replaces_nothing_unasked() {
    let project = Project::new();
    project.write("file", "x");
    for _ in 0..2 {
        assert_eq!(project.create("a.zip", &["."]).expect("created").entries, 1);
    }
    let input = CreateInput { sources: vec!["file".into()], ..CreateInput::new("a.zip") };
    let refused = archive::create(&project.workspace, &input, &Control::unbounded());
    expect![[r#"
        exists: a file is in the way, such as PROJECT/a.zip; choose what `existing` is to mean
    "#]]
    .assert_eq(&refusal(&project, refused));
    assert_eq!(fs::read_dir(&project.root).expect("listed").count(), 2);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_left_out_and_told() {
    let project = Project::new();
    project.write("in/file", "x");
    let fifo = project.root.join("in/fifo");
    assert!(Command::new("mkfifo").arg(fifo).status().expect("mkfifo runs").success());
    let created = project.create("a.tar", &["in"]).expect("created");
    expect![[r#"[Skipped { path: "in/fifo", reason: "it is a device, a FIFO or a socket" }]"#]]
        .assert_eq(&format!("{:?}", created.skipped));
}

#[test]
fn progress_is_told_and_a_cancelled_call_leaves_nothing() {
    let project = Project::new();
    for number in 0..50 {
        project.write(&format!("in/{number}"), "x".repeat(1000));
    }
    for name in NAMES {
        let mut last = Progress::default();
        let sources = vec!["in".into()];
        let input = CreateInput { sources, overwrite: true, ..CreateInput::new(name) };
        let control = Control::unbounded();
        archive::create_with(&project.workspace, &input, &control, &mut |p| last = p).expect(name);
        assert_eq!((last.entries, last.bytes), (51, 50_000));
        let before = project.tree("");
        // Cancelled halfway, by what is told of the progress.
        let control = Control::unbounded();
        let cancel = |progress: Progress| {
            if progress.entries == 25 && progress.bytes > 0 {
                control.cancel_token().cancel();
            }
        };
        let refused =
            archive::create_with(&project.workspace, &input, &control, &mut cancel.clone());
        assert_eq!(refusal(&project, refused), "cancelled: cancelled\n");
        assert_eq!(project.tree(""), before);
        let control = Control::unbounded();
        let cancel = |progress: Progress| {
            if progress.entries == 25 {
                control.cancel_token().cancel();
            }
        };
        let input = archive::ExtractInput::new(name, "new/out");
        let refused =
            archive::extract_with(&project.workspace, &input, &control, &mut cancel.clone());
        assert_eq!(refusal(&project, refused), "cancelled: cancelled\n");
        assert_eq!(project.tree(""), before);
    }
}

proptest! {
    #![proptest_config(crate::properties::config(24))]

    #[test]
    fn any_tree_comes_back(
        files in proptest::collection::btree_map(
            "[a-c]{1,2}(/[d-f ]{1,2}x){0,3}/[g-i\u{e9}]{1,60}",
            proptest::collection::vec(any::<u8>(), 0..3000),
            0..12,
        ),
        name in proptest::sample::select(&NAMES[..]),
    ) {
        let project = Project::new();
        fs::create_dir(project.root.join("in")).expect("created");
        for (path, content) in &files {
            project.write(&format!("in/{path}"), content);
        }
        project.create(name, &["in"]).expect("created");
        project.extract(name, "out").expect("extracted");
        prop_assert_eq!(project.tree("project/out/in"), project.tree("project/in"));
        let bytes = fs::read(project.root.join(name)).expect("an archive");
        let limits = ironbridge_tools::limits::ArchiveLimits::default();
        let listed = archive::inspect(&bytes, &limits, &Control::unbounded()).expect("a listing");
        let total: u64 = listed.iter().map(|entry| entry.bytes).sum();
        prop_assert_eq!(total, files.values().map(|content| content.len() as u64).sum::<u64>());
    }
}

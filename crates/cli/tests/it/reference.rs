//! `generate-docs`.

use crate::command::Home;

#[test]
fn every_page_is_written() {
    let home = Home::new();
    assert_eq!(home.run(&["generate-docs", "new/docs"], ""), "--- stderr\n--- exit 0\n");
    let mut names: Vec<String> = std::fs::read_dir(home.path().join("new/docs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "config.md",
            "config.schema.json",
            "environment.md",
            "errors.md",
            "flags.md",
            "providers.md",
            "tools.md"
        ]
    );
    let flags = std::fs::read_to_string(home.path().join("new/docs/flags.md")).unwrap();
    assert!(flags.contains("`--exit-after SECONDS`"), "{flags}");
    assert!(!flags.contains("generate-docs"), "{flags}");
}

//! `session`: what becomes of sessions after their runs.

use expect_test::expect;
use serde_json::Value;

use crate::command::Home;

const OFFLINE: [&str; 3] = ["run", "--model", "offline"];

fn ids(home: &Home) -> Vec<String> {
    let seen = home.run(&["session", "list", "--json"], "");
    let lines = seen.lines().take_while(|line| *line != "--- stderr");
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|session| session["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn sessions_are_listed_exported_renamed_forked_and_removed() {
    let home = Home::new();
    let none = home.run(&["session", "list"], "");
    assert_eq!(none, "--- stderr\nthere are no sessions\n--- exit 0\n");
    home.run(&[&OFFLINE[..], &["one"]].concat(), "");
    home.run(&[&OFFLINE[..], &["--continue", "two"]].concat(), "");
    let [id] = &ids(&home)[..] else { panic!("one session") };
    let seen = home.run(&["session", "export", &id[..15]], "").replace(id, "ID");
    expect![[r#"
        # one

        Session `ID` in `HOME`.

        ## User

        one

        ## Agent

        You said: one

        ## User

        two

        ## Agent

        You said: two
        --- stderr
        --- exit 0
    "#]]
    .assert_eq(&seen);
    home.run(&["session", "rename", id, "the first"], "");
    let forked = home.run(&["session", "fork", id, "--turn", "1"], "");
    let forked = forked.lines().next().unwrap();
    let listed = home.run(&["session", "list"], "");
    let titles: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_once(" turns  "))
        .map(|(_, title)| title)
        .collect();
    assert_eq!(titles, ["one", "the first"], "{listed}");
    let export = home.run(&["session", "export", forked], "");
    assert!(export.contains("You said: one") && !export.contains("two"), "{export}");
    let seen = home.run(&["session", "remove", forked], "").replace(forked, "ID");
    assert_eq!(seen, "--- stderr\nsession ID is gone\n--- exit 0\n");
    assert_eq!(ids(&home), [id.as_str()]);
    expect![[r#"
        --- stderr
        error: there is no session nothing
        hint: `ironbridge session list --all` shows them
        --- exit 2
    "#]]
    .assert_eq(&home.run(&["session", "export", "nothing"], ""));
}

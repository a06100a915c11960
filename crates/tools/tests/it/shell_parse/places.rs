//! Ranges, the home, the working folder.

use expect_test::expect;
use ironbridge_tools::shell::ParseShell;

use super::project;

#[test]
fn ranges_point_into_the_source() {
    let project = project();
    let source = "echo é; sh -c 'ls && rm \"x\"' # done\nA=1 git log > out";
    let parsed = project.parse(source);
    let found: Vec<_> =
        parsed.commands.iter().map(|c| (&source[c.span.start..c.span.end], &*c.text)).collect();
    expect![[r#"
        [
            (
                "echo é",
                "echo é",
            ),
            (
                "sh -c 'ls && rm \"x\"'",
                "sh -c 'ls && rm \"x\"'",
            ),
            (
                "ls",
                "ls",
            ),
            (
                "rm \"x\"",
                "rm \"x\"",
            ),
            (
                "A=1 git log > out",
                "A=1 git log > out",
            ),
        ]"#]]
    .assert_eq(&format!("{found:#?}"));
}

#[test]
fn a_home_that_is_given_is_used() {
    let project = project();
    let home = project.root.join("home").to_string_lossy().into_owned();
    let mut out = String::new();
    for command in [
        "rm ~/x $HOME/y \"${HOME}/z\" ~ '~/x'",
        "cd && rm x",
        "cd ~ && rm x",
        "rm ~root/x",
        "HOME=/etc; rm $HOME/x ~/x",
        "export HO\"ME\"=/etc; rm ~/x",
        "read HOME; rm ~/x",
        "rm ${HOME:-/etc}/x",
    ] {
        let input = ParseShell { command: command.to_owned(), cwd: None, home: Some(home.clone()) };
        out.push_str(&project.report(command, &project.parse_input(&input)));
    }
    expect![[r#"
        $ rm ~/x $HOME/y "${HOME}/z" ~ '~/x'
          rm ~/x $HOME/y "${HOME}/z" ~ '~/x'  [rm]  delete home/x  delete home/y  delete home/z  delete home  delete ~/x
          = unknown command
        $ cd && rm x
          cd  [cd]
          rm x  [rm]  delete home/x
          = unknown command
        $ cd ~ && rm x
          cd ~  [cd]  enter home
          rm x  [rm]  delete home/x
          = unknown command
        $ rm ~root/x
          rm ~root/x  [rm]  delete !?~root/x
          = unknown dynamic
        $ HOME=/etc; rm $HOME/x ~/x
          HOME=/etc  []
          rm $HOME/x ~/x  [rm]  delete !?$HOME/x  delete !?~/x
          = unknown dynamic assignment
        $ export HO"ME"=/etc; rm ~/x
          export HO"ME"=/etc  [export]
          rm ~/x  [rm]  delete !?~/x
          = unknown dynamic assignment command
        $ read HOME; rm ~/x
          read HOME  [read]
          rm ~/x  [rm]  delete !?~/x
          = unknown dynamic command
        $ rm ${HOME:-/etc}/x
          rm ${HOME:-/etc}/x  [rm]  delete !?${HOME:-/etc}/x
          = unknown dynamic
    "#]].assert_eq(&out);
}

#[test]
fn another_working_folder_is_where_paths_begin() {
    let project = project();
    let mut out = String::new();
    for cwd in ["sub", "..", "link", "nowhere", "a\0b"] {
        let input =
            ParseShell { command: "rm x; rm /y".to_owned(), cwd: Some(cwd.to_owned()), home: None };
        out.push_str(&project.report(cwd, &project.parse_input(&input)));
    }
    expect![[r#"
        $ sub
          rm x  [rm]  delete sub/x
          rm /y  [rm]  delete !/y
          = unknown command
        $ ..
          rm x  [rm]  delete !TOP/x
          rm /y  [rm]  delete !/y
          = unknown command
        $ link
          rm x  [rm]  delete !OUTSIDE/x
          rm /y  [rm]  delete !/y
          = unknown command
        $ nowhere
          rm x  [rm]  delete nowhere/x
          rm /y  [rm]  delete !/y
          = unknown command
        $ a␀b
          rm x  [rm]  delete !?x
          rm /y  [rm]  delete !/y
          = unknown command
    "#]]
    .assert_eq(&out.replace('\0', "NUL"));
}

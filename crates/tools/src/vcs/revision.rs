//! Names that callers give for branches and revisions, judged before git sees them.

use super::VcsError;

/// A revision: anything git resolves to one commit (`main`, `HEAD~2`, `v1.0^{commit}`, a hash).
pub(super) fn revision(name: &str) -> Result<&str, VcsError> {
    let why = if name.is_empty() {
        "a revision has a name"
    } else if name.starts_with('-') {
        "a revision does not begin with -: git would take it for an option"
    } else if name.starts_with('^') || name.contains("..") {
        "one revision is meant here, not a range"
    } else if name.chars().any(char::is_control) {
        "a revision has no control characters"
    } else {
        return Ok(name);
    };
    Err(VcsError::BadName { name: name.to_owned(), why })
}

/// The name of a branch, by the rules of `git-check-ref-format(1)` with `--branch`, save that `@{-1}` is not expanded.
pub(super) fn branch(name: &str) -> Result<&str, VcsError> {
    let bad_part = |part: &str| part.starts_with('.') || part.ends_with(".lock");
    let forbidden = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    let why = if name.is_empty() {
        "a branch has a name"
    } else if name.starts_with('-') {
        "a branch does not begin with -: git would take it for an option"
    } else if name == "HEAD" || name == "@" {
        "this name means the current commit"
    } else if name.chars().any(forbidden) {
        "a branch has no spaces, no control characters and none of ~ ^ : ? * [ \\"
    } else if name.contains("..") || name.contains("@{") {
        "a branch has neither .. nor @{ in its name"
    } else if name.split('/').any(str::is_empty) {
        "a branch neither begins nor ends with / and has no // in its name"
    } else if name.ends_with('.') || name.split('/').any(bad_part) {
        "no part of a branch's name begins with . or ends with .lock, and the whole not with ."
    } else {
        return Ok(name);
    };
    Err(VcsError::BadName { name: name.to_owned(), why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(names: &[&str], judge: fn(&str) -> Result<&str, VcsError>, expected: &Expect) {
        let lines: Vec<String> = names
            .iter()
            .map(|name| match judge(name) {
                Ok(_) => format!("{name:?} ok"),
                Err(error) => error.to_string(),
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn revisions_are_judged() {
        check(
            &[
                "main",
                "HEAD~2",
                "v1^{commit}",
                ":/a message",
                "",
                "--output=x",
                "^main",
                "a..b",
                "a\nb",
            ],
            revision,
            &expect![[r#"
                "main" ok
                "HEAD~2" ok
                "v1^{commit}" ok
                ":/a message" ok
                "": a revision has a name
                "--output=x": a revision does not begin with -: git would take it for an option
                "^main": one revision is meant here, not a range
                "a..b": one revision is meant here, not a range
                "a\nb": a revision has no control characters"#]],
        );
    }

    #[test]
    fn branches_are_judged() {
        check(
            &[
                "main", "a/b.c", "-f", "a b", "a..b", "a/", "/a", "a//b", ".a", "a/.b", "a.lock/b",
                "a.", "HEAD", "@", "a@{1}", "",
            ],
            branch,
            &expect![[r#"
                "main" ok
                "a/b.c" ok
                "-f": a branch does not begin with -: git would take it for an option
                "a b": a branch has no spaces, no control characters and none of ~ ^ : ? * [ \
                "a..b": a branch has neither .. nor @{ in its name
                "a/": a branch neither begins nor ends with / and has no // in its name
                "/a": a branch neither begins nor ends with / and has no // in its name
                "a//b": a branch neither begins nor ends with / and has no // in its name
                ".a": no part of a branch's name begins with . or ends with .lock, and the whole not with .
                "a/.b": no part of a branch's name begins with . or ends with .lock, and the whole not with .
                "a.lock/b": no part of a branch's name begins with . or ends with .lock, and the whole not with .
                "a.": no part of a branch's name begins with . or ends with .lock, and the whole not with .
                "HEAD": this name means the current commit
                "@": this name means the current commit
                "a@{1}": a branch has neither .. nor @{ in its name
                "": a branch has a name"#]],
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..crate::property_config() })]

        /// What is let through, git lets through too, and the other way round.
        #[test]
        fn git_judges_branches_alike(name in "[a-c./@{}~^:*\\[ -]{1,8}|[a-z/.]{1,12}(\\.lock)?") {
            let answer = std::process::Command::new("git")
                .args(["check-ref-format", "--branch", &name])
                .current_dir("/")
                .output();
            let Ok(answer) = answer else { return Ok(()) };
            prop_assert_eq!(branch(&name).is_ok(), answer.status.success(), "{}", name);
        }
    }
}

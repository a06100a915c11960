//! However deep a command is hidden, it is found, or the script is called uncertain.

use std::sync::LazyLock;

use ironbridge_tools::shell::PathUse;
use proptest::prelude::*;

use super::{Project, hold_invariants, project};

/// Nothing is changed in it, so all cases share one.
static PROJECT: LazyLock<Project> = LazyLock::new(project);

/// Constructs that run what stands for `@`; at `%` it stands in single quotes.
const AROUND: &[&str] = &[
    "@; ls",
    "ls; @",
    "ls && @",
    "ls || @ && ls",
    "(@)",
    "{ @; }",
    "! @",
    "@ | cat",
    "ls | @",
    "@ &",
    "echo $(@)",
    "echo \"a $(@) b\"",
    "echo a$(@)b",
    "cat <(@)",
    "A=$(@) ls",
    "A=$(@)",
    "export A=$(@)",
    "ls > $(@)",
    "if @; then ls; fi",
    "if ls; then @; else ls; fi",
    "if ls; then ls; elif ls; then ls; else @; fi",
    "while @; do ls; done",
    "until ls; do @; done",
    "for i in a b; do @; done",
    "for i in $(@); do ls; done",
    "for ((i=0; i<3; i++)); do @; done",
    "case x in y) ls;; *) @;; esac",
    "case $(@) in y) ls;; esac",
    "f() { @; }; f",
    "function f { @; }",
    "[[ -f $(@) ]]",
    "[ -n \"$(@)\" ]",
    "echo ${X:-$(@)}",
    "echo $((1 + $(@)))",
    "a=(1 $(@))",
    "sh -c %",
    "bash -lc %",
    "eval %",
    "timeout 5 sh -c %",
    "sudo -u root sh -c %",
    "env A=1 sh -c %",
    "trap % EXIT",
    "find . -exec sh -c % \\;",
    "ls | xargs sh -c %",
    "cat <<EOF\n$(@)\nEOF",
    "cat <<-EOF\n\ta $(@)\n\tEOF",
    "bash <<'EOF'\n@\nEOF",
    "cat <<< \"$(@)\"",
    "# comment\n@ # comment",
    "ls \\\n  -l; @",
    "@ > out 2>&1",
    "coproc { @; }",
    "time { @; }",
];

fn hidden() -> impl Strategy<Value = String> {
    proptest::collection::vec(0..AROUND.len(), 0..5).prop_map(|around| {
        around.into_iter().fold("rm -r ../x".to_owned(), |inner, at| {
            let quoted = format!("'{}'", inner.replace('\'', "'\\''"));
            AROUND[at].replacen('%', &quoted, 1).replacen('@', &inner, 1)
        })
    })
}

proptest! {
    #![proptest_config(crate::properties::config(1000))]
    #[test]
    fn a_hidden_command_is_found(script in hidden()) {
        let parsed = PROJECT.parse(&script);
        hold_invariants(&script, &parsed);
        let deletes = |usage| usage == PathUse::Delete;
        let found = parsed.paths.iter().any(|touched| deletes(touched.usage) && touched.outside);
        prop_assert!(found || parsed.uncertain, "{script}");
    }

    #[test]
    fn anything_is_read(script in "[ -~\n\t\\$\"'`(){}<>|&;#é]{0,60}") {
        hold_invariants(&script, &PROJECT.parse(&script));
    }
}

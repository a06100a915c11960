//! Commands known to read and print only, with every flag they may have; and those known to destroy.
//!
//! The list is that of codex (reference §3.2), with what we add marked. A program is on it only if none of its flags,
//! but those named here, makes it write, run or connect.

use super::options::is_option;
use super::term::Term;
use super::types::Danger;

/// Whether the command only reads. All its words must be known.
pub(super) fn is_safe(words: &[Term]) -> bool {
    let Some(words) = words.iter().map(Term::known).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let Some((program, arguments)) = words.split_first() else { return false };
    // Another folder's `ls` may be any program.
    let name = match program.rsplit_once('/') {
        Some(("/bin" | "/usr/bin", name)) => name,
        Some(_) => return false,
        None => program,
    };
    let has =
        |short: Option<char>, long: &str| arguments.iter().any(|text| is_option(text, short, long));
    match name {
        "cat" | "cd" | "cut" | "echo" | "expr" | "false" | "grep" | "head" | "id" | "ls" | "nl"
        | "paste" | "pwd" | "rev" | "seq" | "stat" | "tail" | "tr" | "true" | "uname" | "wc"
        | "which" | "whoami" => true,
        // Ours.
        "[" | "basename" | "cmp" | "comm" | "df" | "dirname" | "du" | "egrep" | "fgrep"
        | "nproc" | "readlink" | "realpath" | "sha256sum" | "sleep" | "tac" | "test" | "type" => {
            true
        }
        "command" => arguments.first().is_some_and(|text| matches!(*text, "-v" | "-V")),
        "sort" => {
            !has(Some('o'), "output")
                && !has(Some('T'), "temporary-directory")
                && !has(None, "compress-program")
        }
        // Its second operand is written.
        "uniq" => arguments.iter().filter(|text| !text.starts_with('-')).count() <= 1,
        "base64" => !has(Some('o'), "output"),
        "find" => !arguments.iter().any(|text| {
            text.starts_with("-exec")
                || text.starts_with("-ok")
                || text.starts_with("-fprint")
                || matches!(*text, "-delete" | "-fls")
        }),
        "rg" => !has(Some('z'), "search-zip") && !has(None, "pre") && !has(None, "hostname-bin"),
        "sed" => is_safe_sed(arguments),
        "git" => is_safe_git(arguments),
        _ => false,
    }
}

/// `sed -n 10,20p [file]`, and nothing else: its scripts can write and run.
fn is_safe_sed(arguments: &[&str]) -> bool {
    let range = |text: &str| {
        let lines = text.strip_suffix('p')?;
        let number =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let whole = match lines.split_once(',') {
            Some((first, last)) => number(first) && number(last),
            None => number(lines),
        };
        whole.then_some(())
    };
    match arguments {
        ["-n", script] => range(script).is_some(),
        ["-n", script, file] => range(script).is_some() && !file.starts_with('-'),
        _ => false,
    }
}

fn is_safe_git(arguments: &[&str]) -> bool {
    let arguments = match arguments {
        ["--no-pager", rest @ ..] => rest,
        all => all,
    };
    let Some((subcommand, rest)) = arguments.split_first() else { return false };
    // The letters are kept apart: `-o` of some subcommands writes, `-O` and the long ones run what is configured.
    let writes_or_runs = rest.iter().any(|text| {
        ["output", "output-directory", "ext-diff", "textconv", "exec", "open-files-in-pager"]
            .iter()
            .any(|long| is_option(text, None, long))
            || text.starts_with("-o")
            || text.starts_with("-O")
    });
    if writes_or_runs {
        return false;
    }
    match *subcommand {
        "status" | "log" | "diff" | "show" => true,
        // Ours.
        "blame" | "describe" | "ls-files" | "rev-parse" | "shortlog" => true,
        "branch" => rest.iter().all(|text| {
            matches!(
                *text,
                "-a" | "--all"
                    | "-r"
                    | "--remotes"
                    | "-l"
                    | "--list"
                    | "-v"
                    | "-vv"
                    | "--verbose"
                    | "--show-current"
            )
        }),
        _ => false,
    }
}

/// Whether the command is known to destroy what nobody would want destroyed. `name` is without folders.
pub(super) fn danger(name: &str, arguments: &[Term]) -> Option<Danger> {
    let has = |short: char, long: &str| {
        arguments
            .iter()
            .take_while(|term| term.text != "--")
            .any(|term| is_option(&term.text, Some(short), long))
    };
    match name {
        "rm" if has('f', "force") => Some(Danger::Removal),
        "rm" if has('r', "recursive") || has('R', "recursive") => {
            arguments.iter().any(is_broad).then_some(Danger::Removal)
        }
        "find" if arguments.iter().any(|term| term.text == "-delete") => {
            arguments.first().is_some_and(is_broad).then_some(Danger::Removal)
        }
        "dd" => arguments
            .iter()
            .any(|term| term.text.strip_prefix("of=").is_some_and(is_device))
            .then_some(Danger::Device),
        "wipefs" | "blkdiscard" | "fdisk" | "parted" => Some(Danger::Device),
        "shred" | "tee" | "cp" => {
            arguments.iter().any(|term| is_device(&term.text)).then_some(Danger::Device)
        }
        "shutdown" | "reboot" | "halt" | "poweroff" => Some(Danger::Shutdown),
        "init" => arguments
            .first()
            .is_some_and(|term| matches!(term.text.as_str(), "0" | "6"))
            .then_some(Danger::Shutdown),
        _ if name == "mkfs" || name.starts_with("mkfs.") => Some(Danger::Device),
        _ => None,
    }
}

/// A place that holds everything: the root, a folder in it, the home, `.`, `..`, `*`.
fn is_broad(term: &Term) -> bool {
    let text = term.text.trim_end_matches(['/', '*']);
    let top = text.strip_prefix('/').is_some_and(|rest| !rest.contains('/'));
    let written = term.written.trim_end_matches(['/', '*']).trim_matches('"');
    top || matches!(text, "" | "." | ".." | "~") || matches!(written, "~" | "$HOME" | "${HOME}")
}

/// A disk; writing to it is writing over all that is on it.
pub(super) fn is_device(path: &str) -> bool {
    ["/dev/sd", "/dev/hd", "/dev/vd", "/dev/xvd", "/dev/nvme", "/dev/mmcblk", "/dev/disk"]
        .iter()
        .any(|device| path.starts_with(device))
}

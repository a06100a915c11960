//! Which arguments of a program are paths, and what happens to them.

use super::options::{Argument, each};
use super::term::Term;
use super::types::PathUse::{self, Create, Delete, Enter, Mention, Read, Write};
use super::wrapper::is_shell;

/// How a program takes its operands.
enum Operands {
    /// None is a path.
    None,
    /// All are used alike.
    All(PathUse),
    /// All but the first, which is a mode, a pattern or a program; unless an option gave that.
    AllButFirst(PathUse),
    /// The last is written, those before are used so; unless `-t` named the target.
    Into(PathUse),
    /// The first is read, the second written.
    InOut,
    /// The first is a script that is read, the rest is for that script.
    Script,
    /// `name=value`, as `dd` has them.
    Assignments,
    /// The program is not known: what looks like a path may be used in any way.
    Unknown,
}

struct Use {
    operands: Operands,
    /// Options that take a value.
    with_value: &'static [&'static str],
    /// Those of them whose value is a path.
    paths: &'static [(&'static str, PathUse)],
    /// Options that stand for the first operand ([`Operands::AllButFirst`]).
    instead_of_first: &'static [&'static str],
}

const fn operands(operands: Operands) -> Use {
    Use { operands, with_value: &[], paths: &[], instead_of_first: &[] }
}

/// Options of `grep`, and of `rg`, that take a value. One too few shows a value as a path, one too many hides a path.
const GREP_VALUES: &[&str] =
    &["-e", "-f", "-m", "-A", "-B", "-C", "-d", "-D", "--regexp", "--file"];
const RG_VALUES: &[&str] = &[
    "-e",
    "-f",
    "-m",
    "-A",
    "-B",
    "-C",
    "-g",
    "-t",
    "-T",
    "-r",
    "-M",
    "-j",
    "-d",
    "-E",
    "--regexp",
    "--file",
    "--glob",
    "--type",
    "--max-count",
];

fn use_of(name: &str) -> Use {
    let plain = operands(Operands::None);
    match name {
        "cd" | "pushd" => operands(Operands::All(Enter)),
        "rm" | "rmdir" | "unlink" | "shred" => operands(Operands::All(Delete)),
        "mkdir" => Use { with_value: &["-m"], ..operands(Operands::All(Create)) },
        "touch" => Use {
            with_value: &["-d", "-t", "-r"],
            paths: &[("-r", Read)],
            ..operands(Operands::All(Create))
        },
        "mkfifo" => operands(Operands::All(Create)),
        "tee" | "ed" | "vi" | "vim" | "nano" | "emacs" => operands(Operands::All(Write)),
        "truncate" => Use { with_value: &["-s", "-r"], ..operands(Operands::All(Write)) },
        "chmod" | "chown" | "chgrp" => Use {
            with_value: &["--reference"],
            paths: &[("--reference", Read)],
            instead_of_first: &["--reference"],
            ..operands(Operands::AllButFirst(Write))
        },
        "cp" | "ln" => into(Read, &["-t", "--target-directory", "-S"]),
        "mv" => into(Delete, &["-t", "--target-directory", "-S"]),
        "install" => into(Read, &["-t", "--target-directory", "-S", "-m", "-o", "-g"]),
        "rsync" => into(Read, &["-e", "-f", "-B", "-M"]),
        "scp" => into(Read, &["-c", "-F", "-i", "-J", "-l", "-o", "-P", "-S"]),
        "cat" | "tac" | "nl" | "wc" | "less" | "more" | "rev" | "paste" | "od" | "xxd" | "stat"
        | "hexdump" | "strings" | "file" | "md5sum" | "sha1sum" | "sha256sum" | "sha512sum"
        | "cksum" | "base64" | "diff" | "cmp" | "comm" | "ls" | "dir" | "tree" | "du"
        | "source" | "." | "readlink" | "realpath" => operands(Operands::All(Read)),
        "head" | "tail" => Use { with_value: &["-n", "-c"], ..operands(Operands::All(Read)) },
        "cut" => Use { with_value: &["-d", "-f", "-c", "-b"], ..operands(Operands::All(Read)) },
        "sort" => Use {
            with_value: &["-k", "-t", "-o", "--output", "-T", "-S"],
            paths: &[("-o", Write), ("--output", Write), ("-T", Write)],
            ..operands(Operands::All(Read))
        },
        "uniq" => Use { with_value: &["-f", "-s", "-w"], ..operands(Operands::InOut) },
        "grep" | "egrep" | "fgrep" => patterns(GREP_VALUES),
        "rg" | "ag" => patterns(RG_VALUES),
        "awk" | "gawk" | "mawk" => Use {
            with_value: &["-f", "-v", "-F"],
            paths: &[("-f", Read)],
            instead_of_first: &["-f"],
            ..operands(Operands::AllButFirst(Read))
        },
        "dd" => operands(Operands::Assignments),
        _ if is_shell(name) => scripts(&["-c", "-s"], &["-o", "-O", "--rcfile", "--init-file"]),
        "python" | "python3" => scripts(&["-c", "-m"], &["-c", "-m", "-W", "-X"]),
        "node" | "perl" | "ruby" | "php" | "lua" => {
            scripts(&["-e", "-p", "-E", "-r"], &["-e", "-p", "-E", "-r", "-I", "-M"])
        }
        "curl" => unknown_with(&["-o", "--output", "-T", "-K"]),
        "wget" => unknown_with(&["-O", "--output-document", "-P"]),
        "git" => Use {
            with_value: &["-C", "-c", "-m"],
            paths: &[("-C", Enter)],
            ..operands(Operands::Unknown)
        },
        "tar" => Use {
            with_value: &["-f", "--file", "-C", "--directory"],
            paths: &[("-f", Write), ("--file", Write), ("-C", Write), ("--directory", Write)],
            ..operands(Operands::Unknown)
        },
        "echo" | "printf" | "true" | "false" | "pwd" | "test" | "[" | "export" | "unset"
        | "set" | "kill" | "sleep" | "date" | "seq" | "expr" | "which" | "whoami" | "id"
        | "uname" | "exit" | "return" | "type" | "basename" | "dirname" | "tr" | "alias"
        | "trap" | "eval" | "env" | "xargs" | "sudo" | "command" | "nohup" | "timeout" | "time" => {
            plain
        }
        _ => operands(Operands::Unknown),
    }
}

fn into(source: PathUse, with_value: &'static [&'static str]) -> Use {
    Use {
        with_value,
        paths: &[("-t", Write), ("--target-directory", Write)],
        ..operands(Operands::Into(source))
    }
}

fn scripts(instead_of_first: &'static [&'static str], with_value: &'static [&'static str]) -> Use {
    Use { with_value, instead_of_first, ..operands(Operands::Script) }
}

fn patterns(with_value: &'static [&'static str]) -> Use {
    Use {
        with_value,
        paths: &[("-f", Read), ("--file", Read)],
        instead_of_first: &["-e", "-f", "--regexp", "--file", "--files"],
        ..operands(Operands::AllButFirst(Read))
    }
}

fn unknown_with(with_value: &'static [&'static str]) -> Use {
    const WRITTEN: &[(&str, PathUse)] = &[
        ("-o", Write),
        ("--output", Write),
        ("-O", Write),
        ("--output-document", Write),
        ("-P", Write),
        ("-T", Read),
        ("-K", Read),
    ];
    Use { with_value, paths: WRITTEN, ..operands(Operands::Unknown) }
}

/// Tells `touch` the paths among `arguments` of the program `name`.
pub(super) fn touched(name: &str, arguments: &[Term], mut touch: impl FnMut(&Term, PathUse)) {
    match name {
        "sed" | "gsed" => return edited(arguments, touch),
        "find" => return searched(arguments, touch),
        _ => {}
    }
    let uses = use_of(name);
    let mut found: Vec<Term> = Vec::new();
    let (mut first_given, mut target_given) = (false, false);
    each(arguments, uses.with_value, |argument, term, _| match argument {
        Argument::Value(option) => match uses.paths.iter().find(|(name, _)| *name == option) {
            Some((_, usage)) => {
                touch(term, *usage);
                target_given |= matches!(option, "-t" | "--target-directory");
            }
            None if matches!(uses.operands, Operands::Unknown) => mention(term, &mut touch),
            None => {}
        },
        Argument::Option(option) => {
            first_given |= uses.instead_of_first.contains(&option);
            if matches!(uses.operands, Operands::Unknown) {
                mention(term, &mut touch);
            }
        }
        Argument::Operand => found.push(term.clone()),
    });
    // `chmod -x file`: the mode looks like an option, and is none.
    let mode_is_option = matches!(name, "chmod")
        && arguments.first().is_some_and(|term| is_symbolic_mode(&term.text));
    give(&uses.operands, &found, first_given || mode_is_option, target_given, touch);
}

fn is_symbolic_mode(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|mode| {
        !mode.is_empty()
            && mode.chars().all(|letter| matches!(letter, 'r' | 'w' | 'x' | 's' | 't' | 'X'))
    })
}

fn give(
    operands: &Operands,
    found: &[Term],
    first_given: bool,
    target_given: bool,
    mut touch: impl FnMut(&Term, PathUse),
) {
    match operands {
        Operands::None => {}
        Operands::All(usage) => found.iter().for_each(|term| touch(term, *usage)),
        Operands::AllButFirst(usage) => {
            let skipped = usize::from(!first_given);
            found.iter().skip(skipped).for_each(|term| touch(term, *usage));
        }
        Operands::Into(usage) => {
            let sources = if target_given { found.len() } else { found.len().saturating_sub(1) };
            for (at, term) in found.iter().enumerate() {
                touch(term, if at < sources { *usage } else { Write });
            }
        }
        Operands::InOut => {
            for (at, term) in found.iter().enumerate() {
                touch(term, if at == 0 { Read } else { Write });
            }
        }
        Operands::Script => {
            for (at, term) in found.iter().enumerate() {
                if at == 0 && !first_given { touch(term, Read) } else { mention(term, &mut touch) }
            }
        }
        Operands::Assignments => {
            for term in found {
                for (name, usage) in [("if=", Read), ("of=", Write)] {
                    if term.text.starts_with(name) {
                        touch(&term.from(name.len()), usage);
                    }
                }
            }
        }
        Operands::Unknown => found.iter().for_each(|term| mention(term, &mut touch)),
    }
}

/// What looks like a path that may lead out: `/x`, `~/x`, `../x`, also behind `=`, or attached to an option (`-I/x`).
fn mention(term: &Term, touch: &mut impl FnMut(&Term, PathUse)) {
    let text = term.text.as_str();
    let value = match text.find('=') {
        Some(at) if looks_like_path(text.get(at + 1..).unwrap_or_default()) => at + 1,
        _ if text.starts_with('-') => text.find(['/', '~']).unwrap_or(0),
        _ => 0,
    };
    if looks_like_path(text.get(value..).unwrap_or_default()) {
        touch(&term.from(value), Mention);
    }
}

fn looks_like_path(text: &str) -> bool {
    text.starts_with(['/', '~']) || text.split('/').any(|part| part == "..")
}

/// `sed`: reads its operands, writes them with `-i`, and its scripts may write (`w file`).
fn edited(arguments: &[Term], mut touch: impl FnMut(&Term, PathUse)) {
    let mut found = Vec::new();
    let (mut script_given, mut in_place) = (false, false);
    each(arguments, &["-e", "-f", "--expression", "--file"], |argument, term, _| match argument {
        Argument::Value("-f" | "--file") => touch(term, Read),
        Argument::Value(_) => {}
        Argument::Option(option) => {
            script_given |= matches!(option, "-e" | "-f" | "--expression" | "--file");
            in_place |= super::options::is_option(option, Some('i'), "in-place");
        }
        Argument::Operand => found.push(term.clone()),
    });
    let usage = if in_place { Write } else { Read };
    found.iter().skip(usize::from(!script_given)).for_each(|term| touch(term, usage));
}

/// `find`: what stands before its expression is read, and removed where it says `-delete`.
fn searched(arguments: &[Term], mut touch: impl FnMut(&Term, PathUse)) {
    let deletes = arguments.iter().any(|term| term.text == "-delete");
    let usage = if deletes { Delete } else { Read };
    let links = |term: &&Term| matches!(term.text.as_str(), "-H" | "-L" | "-P");
    let root = |term: &&Term| !term.text.starts_with(['-', '(', '!', ',']);
    arguments.iter().skip_while(links).take_while(root).for_each(|term| touch(term, usage));
    for pair in arguments.windows(2) {
        if let [option, file] = pair
            && matches!(option.text.as_str(), "-fprint" | "-fprint0" | "-fprintf" | "-fls")
        {
            touch(file, Write);
        }
    }
}

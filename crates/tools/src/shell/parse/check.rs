//! Places where the syntax tree is not to be believed.

use super::tree::{Kind, Tree};

/// The first byte of the first part that does not parse, or that a real shell reads otherwise than the tree says.
pub(super) fn first_fault(source: &str, tree: &Tree) -> Option<usize> {
    if tree.is_empty() {
        return Some(0);
    }
    let nodes = tree.nodes().filter_map(|node| fault_at(source, tree, node));
    // bash drops NUL bytes and keeps carriage returns; the grammar does neither.
    let bytes = source.bytes().position(|byte| matches!(byte, 0 | b'\r'));
    nodes.chain(bytes).min()
}

fn fault_at(source: &str, tree: &Tree, node: usize) -> Option<usize> {
    let range = tree.range(node);
    match tree.kind(node) {
        Kind::Error
            if source.get(range.clone()) == Some(">") && is_read_write(source, range.start) =>
        {
            None
        }
        Kind::Error => Some(range.start),
        Kind::Missing if !is_read_write(source, range.start) => Some(range.start),
        Kind::Comment => (!begins_word(source, range.start)).then_some(range.start),
        Kind::HeredocRedirect => {
            heredoc_fault(source, tree, node).or_else(|| unseen_substitution(source, tree, node))
        }
        Kind::Program => gap_fault(source, tree, node, 0, source.len()),
        Kind::List
        | Kind::Pipeline
        | Kind::Compound
        | Kind::Subshell
        | Kind::DoGroup
        | Kind::Redirected
        | Kind::Command
        | Kind::Declaration
        | Kind::Unset => gap_fault(source, tree, node, range.start, range.end),
        Kind::Word | Kind::StringContent | Kind::Other | Kind::Number
            if tree.after(node) == node + 1 =>
        {
            let leaf = source.get(range.clone()).unwrap_or_default();
            (openings(leaf) != (0, 0)).then_some(range.start)
        }
        _ => None,
    }
}

/// How many `$(`, and how many backquotes, a shell would see in `text`.
fn openings(text: &str) -> (usize, usize) {
    let (mut parentheses, mut backquotes) = (0, 0);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let rest = characters.as_str();
        match character {
            '\\' => drop(characters.next()),
            '`' => backquotes += 1,
            '$' if rest.starts_with('(') && !rest.starts_with("((") => parentheses += 1,
            _ => {}
        }
    }
    (parentheses, backquotes)
}

/// In the body of an indented document (`<<-`) the grammar misses substitutions that a shell runs.
fn unseen_substitution(source: &str, tree: &Tree, node: usize) -> Option<usize> {
    let of = |kind| tree.children(node).find(move |child| tree.kind(*child) == kind);
    let (start, body) = (of(Kind::HeredocStart)?, of(Kind::HeredocBody)?);
    let quoted = source.get(tree.range(start)).is_some_and(|text| text.contains(['\'', '"', '\\']));
    if quoted {
        return None;
    }
    let range = tree.range(body);
    let (parentheses, backquotes) = openings(source.get(range.clone()).unwrap_or_default());
    let seen = |opening: &str| {
        (body..tree.after(body))
            .filter(|inner| tree.kind(*inner) == Kind::Substitution)
            .filter(|inner| source.get(tree.range(*inner)).is_some_and(|t| t.starts_with(opening)))
            .count()
    };
    (parentheses > seen("$(") || backquotes > 2 * seen("`")).then_some(range.start)
}

/// `<>` comes as `<` with a wrong `>` behind it, or as `<` without a target and `>`.
pub(super) fn is_read_write(source: &str, at: usize) -> bool {
    source.get(..at).is_some_and(|before| before.ends_with('<'))
        && source.get(at..).is_some_and(|rest| rest.starts_with('>'))
}

/// `#` begins a comment only where a word could begin: `$(ls)#; rm x` has none.
fn begins_word(source: &str, at: usize) -> bool {
    let before = source.get(..at).and_then(|before| before.chars().next_back());
    before.is_none_or(|before| before.is_whitespace() || ";&|()<>".contains(before))
}

/// Between the parts of a command there are blanks and nothing else, and between its words at least one. A backslash
/// before a newline is none: `r\⏎m` is `rm`.
fn gap_fault(source: &str, tree: &Tree, node: usize, start: usize, end: usize) -> Option<usize> {
    let command = tree.kind(node) == Kind::Command;
    let (mut at, mut after_word) = (start, false);
    for child in tree.children(node) {
        let range = tree.range(child);
        let redirect = matches!(
            tree.kind(child),
            Kind::FileRedirect | Kind::HereString | Kind::HeredocRedirect | Kind::Missing
        );
        let gap = Gap::of(source.get(at..range.start).unwrap_or_default());
        let joins = command && after_word && !redirect && !gap.separates;
        if !gap.is_blank || joins {
            return Some(at);
        }
        // A heredoc's body may lie behind what follows it in the text.
        at = range.end.max(at);
        after_word = !redirect;
    }
    let gap = Gap::of(source.get(at..end).unwrap_or_default());
    (!gap.is_blank).then_some(at)
}

struct Gap {
    is_blank: bool,
    separates: bool,
}

impl Gap {
    fn of(text: &str) -> Self {
        let mut gap = Self { is_blank: true, separates: false };
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                ' ' | '\t' | '\n' => gap.separates = true,
                '\\' if characters.as_str().starts_with('\n') => {
                    characters.next();
                }
                _ => gap.is_blank = false,
            }
        }
        gap
    }
}

/// The document must end where the shell ends it: at the first line that is its delimiter.
fn heredoc_fault(source: &str, tree: &Tree, node: usize) -> Option<usize> {
    let whole = tree.range(node);
    let part = |kind| tree.children(node).find(|child| tree.kind(*child) == kind);
    let text = |node: usize| source.get(tree.range(node)).unwrap_or_default();
    let (Some(start), Some(end)) = (part(Kind::HeredocStart), part(Kind::HeredocEnd)) else {
        return Some(whole.start);
    };
    let delimiter: String =
        text(start).chars().filter(|letter| !matches!(letter, '\'' | '"' | '\\')).collect();
    let operator = source.get(whole.start..tree.range(start).start).unwrap_or_default();
    let strips_tabs = operator.contains("<<-");
    let bare = |line: &str| {
        let line = if strips_tabs { line.trim_start_matches('\t') } else { line };
        line == delimiter
    };
    let first_line = source.get(whole.start..).and_then(|rest| rest.find('\n'));
    let body = first_line.map_or(whole.end, |at| whole.start + at + 1);
    let until = tree.range(end).start;
    let between = source.get(body..until).unwrap_or_default();
    // The delimiter's own line may have tabs in front, which are no line of the body.
    let ended_before =
        between.split_inclusive('\n').any(|line| line.strip_suffix('\n').is_some_and(bare));
    let last = source.get(until..).and_then(|rest| rest.split('\n').next()).unwrap_or_default();
    let indented = between.rsplit('\n').next().unwrap_or_default();
    let ends = bare(last.trim_start_matches(if strips_tabs { '\t' } else { '\n' }))
        && (indented.is_empty() || (strips_tabs && indented.trim_matches('\t').is_empty()));
    let twice = source
        .get(whole.start + 2..body)
        .is_some_and(|line| line.matches("<<").count() > line.matches("<<<").count());
    (ended_before || !ends || twice || delimiter.is_empty()).then_some(whole.start)
}

/// Whether `HOME` stands anywhere but in `$HOME` and `${HOME}`, quotes left out: then it may be set.
pub(super) fn sets_home(source: &str) -> bool {
    let source: String =
        source.chars().filter(|letter| !matches!(letter, '\'' | '"' | '\\' | '\n')).collect();
    source.match_indices("HOME").any(|(at, _)| {
        let before = source.get(..at).unwrap_or_default();
        let after = source.get(at + 4..).unwrap_or_default();
        let plain = before.ends_with('$');
        let braced = before.ends_with("${") && after.starts_with('}');
        !plain && !braced
    })
}

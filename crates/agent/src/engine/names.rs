//! Names that a model may have meant.

/// The most names suggested for one that is unknown.
const SUGGESTED_MAX: usize = 3;

/// Those of `known` that are most like `name`, the likest first; none that is quite another.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(name);
    let mut found: Vec<(usize, &str)> = known
        .map(|known| (known, plain(known)))
        .filter_map(|(known, letters)| {
            let within = contains(&letters, &wanted) || contains(&wanted, &letters);
            let distance = distance(&wanted, &letters);
            let near = distance * 5 <= wanted.len().max(letters.len()) * 2;
            (within || near).then_some((if within { distance / 2 } else { distance }, known))
        })
        .collect();
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().take(SUGGESTED_MAX).map(|(_, known)| known).collect()
}

fn contains(text: &[char], part: &[char]) -> bool {
    part.len() >= 3 && text.windows(part.len()).any(|window| window == part)
}

/// How many letters must be changed, added or left out (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (b, cell) in other.iter().zip(row.iter_mut().skip(1)) {
            let change = diagonal + usize::from(a != b);
            diagonal = *cell;
            *cell = change.min(left + 1).min(diagonal + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likest_names_come_first() {
        const KNOWN: [&str; 5] =
            ["read_file", "write_file", "execute_bash", "find_files", "string_replace"];
        let cases: [(&str, &[&str]); 6] = [
            ("readFile", &["read_file"]),
            ("read", &["read_file"]),
            ("bash", &["execute_bash"]),
            ("str_replace", &["string_replace"]),
            ("wriet_file", &["write_file"]),
            ("teleport", &[]),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name, KNOWN.into_iter()), expected, "{name}");
        }
    }
}

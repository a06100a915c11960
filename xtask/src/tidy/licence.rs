//! Licence expressions, as `Cargo.toml` has them (SPDX, and the older `/` for `OR`).

/// True when `expression` can be met with licences from `allowed` alone.
///
/// `A OR B` needs one of the two, `A AND B` both; `A WITH exception` counts as `A`. What cannot be
/// read is not permitted.
pub(crate) fn permitted(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut parser = Parser { words: spaced.split_whitespace().collect(), at: 0, allowed };
    parser.either().is_some_and(|met| met && parser.at == parser.words.len())
}

struct Parser<'a> {
    words: Vec<&'a str>,
    at: usize,
    allowed: &'a [String],
}

impl Parser<'_> {
    fn take(&mut self, word: &str) -> bool {
        let taken = self.words.get(self.at).is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(taken);
        taken
    }

    fn either(&mut self) -> Option<bool> {
        let mut met = self.both()?;
        while self.take("OR") {
            met |= self.both()?;
        }
        Some(met)
    }

    fn both(&mut self) -> Option<bool> {
        let mut met = self.single()?;
        while self.take("AND") {
            met &= self.single()?;
        }
        Some(met)
    }

    fn single(&mut self) -> Option<bool> {
        if self.take("(") {
            let met = self.either()?;
            return self.take(")").then_some(met);
        }
        let name = *self.words.get(self.at)?;
        self.at += 1;
        if self.take("WITH") {
            self.words.get(self.at)?;
            self.at += 1;
        }
        Some(self.allowed.iter().any(|licence| licence == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, expected: bool) {
        let allowed = ["MIT".to_owned(), "Apache-2.0".to_owned(), "ISC".to_owned()];
        assert_eq!(permitted(expression, &allowed), expected, "{expression}");
    }

    #[test]
    fn expressions_are_weighed() {
        check("MIT", true);
        check("MIT/Apache-2.0", true);
        check("GPL-3.0-or-later OR MIT", true);
        check("Apache-2.0 AND ISC", true);
        check("(MIT OR GPL-2.0) AND ISC", true);
        check("Apache-2.0 WITH LLVM-exception OR MPL-2.0", true);
        check("GPL-3.0-only", false);
        check("MIT AND GPL-3.0-only", false);
        check("(MIT", false);
        check("MIT ISC", false);
        check("", false);
    }
}

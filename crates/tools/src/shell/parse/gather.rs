//! The parts of a command, as the tree has them: words, assignments, redirects.

use super::call::Call;
use super::check;
use super::reading::Input;
use super::statement::Statements;
use super::term::Term;
use super::tree::Kind;
use super::types::DoubtKind;

impl Statements<'_, '_, '_> {
    /// `NAME=value` where it is an argument.
    pub(super) fn as_word(&self, node: usize) -> Term {
        let range = self.tree().range(node);
        let value = self.tree().children(node).last().map(|value| self.terms.term(value));
        let text = self.terms.slice(range.clone()).to_owned();
        let dynamic = value.is_none_or(|value| value.dynamic);
        Term { written: text.clone(), text, dynamic, path_prefix: None, range }
    }

    pub(super) fn keyword_or_term(&self, node: usize) -> Term {
        let term = self.terms.term(node);
        if self.tree().kind(node) != Kind::Punctuation {
            return term;
        }
        let text = self.terms.slice(term.range.clone()).to_owned();
        Term { text, dynamic: false, path_prefix: None, ..term }
    }

    pub(super) fn take_assignment(&self, node: usize, call: &mut Call) {
        let mut children = self.tree().children(node);
        let name = children.next().map(|name| self.tree().range(name)).unwrap_or_default();
        let value = children.filter(|child| self.tree().kind(*child) != Kind::Punctuation).last();
        let value = value.map_or_else(
            || Term {
                text: String::new(),
                written: String::new(),
                dynamic: false,
                path_prefix: None,
                range: name.end..name.end,
            },
            |value| self.terms.term(value),
        );
        call.assignments.push((self.terms.slice(name).to_owned(), value));
    }

    /// Words, assignments and redirects of a command.
    pub(super) fn take_parts(&mut self, node: usize, call: &mut Call) {
        for child in self.tree().children(node) {
            match self.tree().kind(child) {
                Kind::VariableAssignment => self.take_assignment(child, call),
                Kind::FileRedirect | Kind::HereString | Kind::HeredocRedirect => {
                    self.take_redirect(child, call);
                }
                Kind::Comment | Kind::Error | Kind::Missing => {}
                _ => call.words.push(self.terms.term(child)),
            }
        }
    }

    pub(super) fn take_redirects(&mut self, node: usize, call: &mut Call) {
        for child in self.tree().children(node) {
            self.take_redirect(child, call);
        }
    }

    fn take_redirect(&mut self, node: usize, call: &mut Call) {
        let range = self.tree().range(node);
        match self.tree().kind(node) {
            Kind::FileRedirect => {
                call.end = call.end.max(range.end);
                self.take_file(node, call);
            }
            Kind::HereString => {
                call.end = call.end.max(range.end);
                if let Some(text) = self.tree().children(node).last() {
                    let term = self.terms.term(text);
                    let span = self.origin.span(&term.range);
                    let known = !term.dynamic;
                    call.input = Input::Text { text: term.text, span, known };
                }
            }
            Kind::HeredocRedirect => self.take_heredoc(node, call),
            _ => {}
        }
    }

    fn take_file(&mut self, node: usize, call: &mut Call) {
        self.seen += 1;
        let mut operator = String::new();
        let mut target = None;
        for child in self.tree().children(node) {
            match self.tree().kind(child) {
                Kind::FileDescriptor => {}
                Kind::Missing => {}
                Kind::Error if self.terms.slice(self.tree().range(child)) == ">" => {
                    operator.push('>');
                }
                Kind::Punctuation if target.is_none() => {
                    operator.push_str(self.terms.slice(self.tree().range(child)));
                }
                // `> out file`: to the grammar both are targets, to a shell the second is an argument.
                _ if target.is_some() => call.words.push(self.terms.term(child)),
                _ => target = Some(self.terms.term(child)),
            }
        }
        let Some(target) = target else { return };
        if check::is_read_write(self.terms.source, self.tree().range(node).start) {
            operator = "<>".to_owned();
        }
        let copies = matches!(operator.as_str(), ">&" | "<&");
        let descriptor = |text: &str| {
            text == "-" || text.trim_end_matches('-').bytes().all(|b| b.is_ascii_digit())
        };
        if !(copies && target.known().is_some_and(descriptor)) {
            call.files.push((operator, target));
        }
    }

    fn take_heredoc(&mut self, node: usize, call: &mut Call) {
        let mut known = true;
        for child in self.tree().children(node) {
            let range = self.tree().range(child);
            match self.tree().kind(child) {
                Kind::HeredocStart => {
                    known = self.terms.slice(range.clone()).contains(['\'', '"', '\\']);
                    call.end = call.end.max(range.end);
                }
                Kind::HeredocBody => {
                    let text = self.terms.slice(range.clone()).to_owned();
                    if !known && text.contains(['$', '`']) {
                        self.reading.doubt(DoubtKind::Dynamic, None);
                    }
                    let known = known || !text.contains(['$', '`', '\\']);
                    call.input = Input::Text { text, span: self.origin.span(&range), known };
                }
                Kind::FileRedirect | Kind::HereString => self.take_redirect(child, call),
                Kind::Word
                | Kind::String
                | Kind::RawString
                | Kind::Concatenation
                | Kind::Number => {
                    call.end = call.end.max(range.end);
                    call.words.push(self.terms.term(child));
                }
                _ => {}
            }
        }
    }
}

//! Statements in the order a shell would take them, with where it would be.

use super::call::Call;
use super::folders::{Flow, Places};
use super::reading::{Input, Level, Origin, Reading};
use super::safe;
use super::term::Terms;
use super::tree::{Kind, Tree};
use super::types::{Danger, DoubtKind};
use crate::Stopped;

/// Goes through one script.
pub(super) struct Statements<'r, 'a, 's> {
    pub(super) reading: &'r mut Reading<'a>,
    pub(super) terms: Terms<'s>,
    pub(super) origin: Origin,
    pub(super) level: Level,
    input: Input,
    /// A redirected statement whose redirects belong to this, its last command.
    attached: Vec<(usize, usize)>,
    start: Places,
    /// Commands and redirects of the tree that were read; the rest would be missing from the answer.
    pub(super) seen: usize,
}

impl<'r, 'a, 's> Statements<'r, 'a, 's> {
    pub(super) fn new(
        reading: &'r mut Reading<'a>,
        terms: Terms<'s>,
        origin: Origin,
        level: Level,
        input: Input,
    ) -> Self {
        Self {
            reading,
            terms,
            origin,
            level,
            input,
            attached: Vec::new(),
            start: Places::NEVER,
            seen: 0,
        }
    }

    pub(super) fn tree(&self) -> &'s Tree {
        self.terms.tree
    }

    pub(super) fn children(&self, node: usize) -> Vec<usize> {
        self.tree().children(node).collect()
    }

    /// Reads the statement `node`, begun in `places`.
    pub(super) fn run(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        if self.start.is_never() {
            self.start = places;
        }
        // What is never reached, as behind `exit`, is read all the same.
        let places = if places.is_never() { self.start } else { places };
        match self.tree().kind(node) {
            Kind::Command => self.command(node, places),
            Kind::Declaration | Kind::Unset => self.declaration(node, places),
            Kind::VariableAssignment | Kind::VariableAssignments => self.assigned(node, places),
            Kind::Redirected => self.redirected(node, places),
            Kind::List => self.list(node, places),
            Kind::Pipeline => self.pipeline(node, places),
            Kind::Negated => self.negated(node, places),
            Kind::Program | Kind::DoGroup | Kind::Error | Kind::Else => {
                let children = self.children(node);
                self.sequence(&children, places)
            }
            Kind::Compound => {
                self.reading.doubt(DoubtKind::Control, None);
                let children = self.children(node);
                self.sequence(&children, places)
            }
            Kind::Subshell => {
                self.reading.doubt(DoubtKind::Control, None);
                let children = self.children(node);
                self.sequence(&children, places)?;
                Ok(Flow::stays(places))
            }
            Kind::If => {
                self.reading.doubt(DoubtKind::Control, None);
                let (taken, rest) = self.branch(node, places)?;
                Ok(Flow::stays(taken.or(rest)))
            }
            Kind::Loop => self.repeated(node, places),
            Kind::Case => self.case(node, places),
            Kind::Function => self.function(node, places),
            Kind::Comment | Kind::Punctuation | Kind::Missing => Ok(Flow::stays(places)),
            Kind::Substitution => {
                self.substitution(node, places)?;
                Ok(Flow::stays(places))
            }
            Kind::Test => {
                self.reading.doubt(DoubtKind::Control, None);
                self.substitutions(node, places)?;
                Ok(Flow::stays(places))
            }
            _ => {
                self.substitutions(node, places)?;
                Ok(Flow::stays(places))
            }
        }
    }

    fn sequence(&mut self, nodes: &[usize], places: Places) -> Result<Flow, Stopped> {
        let mut flow = Flow::stays(places);
        for (at, node) in nodes.iter().enumerate() {
            let kind = self.tree().kind(*node);
            if matches!(kind, Kind::Punctuation | Kind::Comment | Kind::Then | Kind::Background) {
                continue;
            }
            let before = flow.either();
            flow = self.run(*node, before)?;
            let next = nodes.get(at + 1).map(|next| self.tree().kind(*next));
            if next == Some(Kind::Background) {
                self.reading.doubt(DoubtKind::Control, None);
                flow = Flow::stays(before);
            }
        }
        Ok(flow)
    }

    fn list(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        let children = self.children(node);
        let mut flow = Flow::stays(places);
        let mut and = None;
        for child in children {
            if self.tree().kind(child) == Kind::Operator {
                and = Some(self.terms.slice(self.tree().range(child)) == "&&");
                continue;
            }
            flow = match and {
                None => self.run(child, places)?,
                Some(true) => {
                    let right = self.run(child, flow.success)?;
                    Flow { success: right.success, failure: flow.failure.or(right.failure) }
                }
                Some(false) => {
                    let right = self.run(child, flow.failure)?;
                    Flow { success: flow.success.or(right.success), failure: right.failure }
                }
            };
        }
        Ok(flow)
    }

    fn pipeline(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        let outer = self.input.clone();
        let mut last = Flow::stays(places);
        for child in self.children(node) {
            if self.tree().kind(child) == Kind::Punctuation {
                self.input = Input::Pipe { fetched: self.has_fetched(node, child) };
                continue;
            }
            last = self.run(child, places)?;
        }
        self.input = outer;
        // zsh runs the last part in the shell itself, bash none.
        Ok(Flow::stays(places.or(last.either())))
    }

    /// Whether something before `end` in the pipeline gets its text from a network.
    fn has_fetched(&self, node: usize, end: usize) -> bool {
        (node..end).any(|inner| {
            self.tree().kind(inner) == Kind::CommandName
                && matches!(self.terms.term(inner).known(), Some("curl" | "wget"))
        })
    }

    fn negated(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        let mut flow = Flow::stays(places);
        for child in self.children(node) {
            if self.tree().kind(child) != Kind::Punctuation {
                flow = self.run(child, places)?;
            }
        }
        Ok(Flow { success: flow.failure, failure: flow.success })
    }

    /// `if … then …`, `elif … then …`: where it ends when taken, and where it is when nothing was.
    fn branch(&mut self, node: usize, places: Places) -> Result<(Places, Places), Stopped> {
        let children = self.children(node);
        let then = children.iter().position(|child| self.tree().kind(*child) == Kind::Then);
        let (condition, rest) = children.split_at(then.unwrap_or(children.len()));
        let condition = self.sequence(condition, places)?;
        let other =
            |tree: &Tree, child: &usize| matches!(tree.kind(*child), Kind::Elif | Kind::Else);
        let at = rest.iter().position(|child| other(self.tree(), child)).unwrap_or(rest.len());
        let (body, others) = rest.split_at(at);
        let mut taken = self.sequence(body, condition.success)?.either();
        let mut left = condition.failure;
        for child in others {
            match self.tree().kind(*child) {
                Kind::Elif => {
                    let (end, rest) = self.branch(*child, left)?;
                    taken = taken.or(end);
                    left = rest;
                }
                Kind::Else => {
                    taken = taken.or(self.run(*child, left)?.either());
                    left = Places::NEVER;
                }
                _ => {}
            }
        }
        Ok((taken, left))
    }

    fn repeated(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        self.reading.doubt(DoubtKind::Control, None);
        let mark = self.reading.paths.touched.len();
        let children = self.children(node);
        let end = self.sequence(&children, places)?.either();
        if places.covers(end) {
            return Ok(Flow::stays(places));
        }
        self.reading.paths.forget_relative_since(mark);
        Ok(Flow::stays(Places::ANYWHERE))
    }

    fn case(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        self.reading.doubt(DoubtKind::Control, None);
        let mut end = places;
        for child in self.children(node) {
            let flow = if self.tree().kind(child) == Kind::CaseItem {
                let children = self.children(child);
                self.sequence(&children, places)?
            } else {
                self.run(child, places)?
            };
            end = end.or(flow.either());
        }
        Ok(Flow::stays(end))
    }

    /// A function may be called from anywhere.
    fn function(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        self.reading.doubt(DoubtKind::Control, None);
        let children = self.children(node);
        let Some(name) = children.iter().find(|child| self.tree().kind(**child) == Kind::Word)
        else {
            return Ok(Flow::stays(places));
        };
        let name_text = self.terms.term(*name).text;
        let (moves, first) = (self.reading.moves, self.reading.commands.len());
        let is_body = |child: &usize| child > name && !is_redirect(self.tree().kind(*child));
        let bodies: Vec<usize> = children.iter().copied().filter(is_body).collect();
        self.sequence(&bodies, Places::ANYWHERE)?;
        let whole = self.terms.slice(self.tree().range(node));
        let calls_itself =
            self.reading.commands.iter().skip(first).any(|command| command.name == name_text);
        if calls_itself && whole.contains(['|', '&']) {
            self.reading.endangered(Danger::ForkBomb, Some(first));
        }
        let mut call = Call::at(self.tree().range(node), Input::Outside);
        self.take_redirects(node, &mut call);
        self.redirect_group(&call, first, Places::ANYWHERE)?;
        self.redirect_substitutions(node, Places::ANYWHERE)?;
        let changes_folder = self.reading.moves > moves;
        self.reading.functions.push((name_text, changes_folder));
        Ok(Flow::stays(places))
    }

    /// Runs the substitutions under `node`, wherever they stand.
    pub(super) fn substitutions(&mut self, node: usize, places: Places) -> Result<(), Stopped> {
        let end = self.tree().after(node);
        let mut at = node + 1;
        while at < end {
            if self.tree().kind(at) != Kind::Substitution {
                at += 1;
                continue;
            }
            self.substitution(at, places)?;
            at = self.tree().after(at);
        }
        Ok(())
    }

    fn substitution(&mut self, node: usize, places: Places) -> Result<(), Stopped> {
        self.reading.doubt(DoubtKind::Dynamic, None);
        let text = self.terms.slice(self.tree().range(node));
        // Backslashes between backquotes are taken off before the text is read.
        if text.starts_with('`') && text.contains('\\') {
            self.reading.unseen(None);
        }
        let outer = std::mem::replace(&mut self.input, Input::Outside);
        let children = self.children(node);
        let flow = self.sequence(&children, places);
        self.input = outer;
        flow.map(|_| ())
    }

    fn redirected(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        let children = self.children(node);
        let is_redirect =
            |kind| matches!(kind, Kind::FileRedirect | Kind::HeredocRedirect | Kind::HereString);
        let body = children.iter().copied().find(|child| !is_redirect(self.tree().kind(*child)));
        let last = body.map(|body| self.last_command(body));
        let flow = match (body, last) {
            (Some(body), Some(last)) if self.tree().kind(last) == Kind::Command => {
                self.attached.push((last, node));
                self.run(body, places)?
            }
            _ => self.group(node, body, places)?,
        };
        let mut flow = flow;
        for child in children {
            if self.tree().kind(child) == Kind::HeredocRedirect {
                flow = self.behind_heredoc(child, flow)?;
            }
        }
        Ok(flow)
    }

    /// The redirect of `a && b | c > d` hangs on the whole list in the tree, and belongs to `c`.
    fn last_command(&self, node: usize) -> usize {
        let mut last = node;
        while matches!(self.tree().kind(last), Kind::List | Kind::Pipeline | Kind::Negated) {
            let Some(child) = self.tree().children(last).last() else { break };
            last = child;
        }
        last
    }

    /// Redirects of `{ …; }`, `( … )`, loops, or of nothing at all.
    fn group(&mut self, node: usize, body: Option<usize>, places: Places) -> Result<Flow, Stopped> {
        let mut call = Call::at(self.tree().range(node), Input::Outside);
        self.take_redirects(node, &mut call);
        let outer = self.input.clone();
        if !matches!(call.input, Input::Outside) {
            self.input = call.input.clone();
        }
        let first = self.reading.commands.len();
        let flow = match body {
            Some(body) => self.run(body, places)?,
            None => Flow::stays(places),
        };
        self.input = outer;
        self.redirect_group(&call, first, places)?;
        self.redirect_substitutions(node, places)?;
        Ok(flow)
    }

    /// The redirects of `call` stand at the first command of the group, or are a command of their own.
    fn redirect_group(&mut self, call: &Call, first: usize, places: Places) -> Result<(), Stopped> {
        if call.files.is_empty() {
            return Ok(());
        }
        if self.reading.commands.len() == first {
            return self.call(call, places).map(|_| ());
        }
        self.touch_redirects(call, first, places);
        if let Some(command) = self.reading.commands.get_mut(first) {
            command.redirects.extend(call.redirects());
        }
        Ok(())
    }

    fn redirect_substitutions(&mut self, node: usize, places: Places) -> Result<(), Stopped> {
        for child in self.children(node) {
            match self.tree().kind(child) {
                Kind::FileRedirect | Kind::HereString => self.substitutions(child, places)?,
                Kind::HeredocRedirect => self.heredoc_substitutions(child, places)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Those in the body, and in targets; what stands behind the heredoc is no part of it.
    fn heredoc_substitutions(&mut self, node: usize, places: Places) -> Result<(), Stopped> {
        for child in self.children(node) {
            if matches!(self.tree().kind(child), Kind::HeredocBody | Kind::FileRedirect) {
                self.substitutions(child, places)?;
            }
        }
        Ok(())
    }

    /// `cat <<EOF | sh` and `cat <<EOF && rm x`: the tree hangs what follows on the heredoc.
    fn behind_heredoc(&mut self, node: usize, flow: Flow) -> Result<Flow, Stopped> {
        let mut flow = flow;
        for child in self.children(node) {
            match self.tree().kind(child) {
                Kind::Pipeline => {
                    let outer = std::mem::replace(&mut self.input, Input::Pipe { fetched: false });
                    flow = self.run(child, flow.either())?;
                    self.input = outer;
                }
                Kind::HeredocStart
                | Kind::HeredocBody
                | Kind::HeredocEnd
                | Kind::FileRedirect
                | Kind::FileDescriptor
                | Kind::Punctuation
                | Kind::Operator
                | Kind::Word
                | Kind::String
                | Kind::RawString
                | Kind::Concatenation
                | Kind::Number
                | Kind::HereString => {}
                _ => flow = self.run(child, flow.either())?,
            }
        }
        Ok(flow)
    }

    fn command(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        self.seen += 1;
        let mut call = Call::at(self.tree().range(node), self.input.clone());
        self.take_parts(node, &mut call);
        let owner = self.attached.iter().position(|(last, _)| *last == node);
        let owner = owner.map(|at| self.attached.swap_remove(at).1);
        if let Some(owner) = owner {
            self.take_redirects(owner, &mut call);
        }
        call.node = Some(node);
        call.redirects_of = owner;
        self.call(&call, places)
    }

    /// `export A=1`, `unset X`: commands to the tree's grammar of their own.
    fn declaration(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        let mut call = Call::at(self.tree().range(node), self.input.clone());
        for child in self.children(node) {
            call.words.push(match self.tree().kind(child) {
                Kind::VariableAssignment => self.as_word(child),
                _ => self.keyword_or_term(child),
            });
        }
        call.node = Some(node);
        self.reading.doubt(DoubtKind::Assignment, Some(self.reading.commands.len()));
        self.call(&call, places)
    }

    fn assigned(&mut self, node: usize, places: Places) -> Result<Flow, Stopped> {
        let mut call = Call::at(self.tree().range(node), Input::Outside);
        if self.tree().kind(node) == Kind::VariableAssignment {
            self.take_assignment(node, &mut call);
        } else {
            self.take_parts(node, &mut call);
        }
        call.node = Some(node);
        self.call(&call, places)
    }

    /// The paths and dangers of redirects.
    pub(super) fn touch_redirects(&mut self, call: &Call, command: usize, places: Places) {
        for (operator, target) in &call.files {
            let reading = &mut *self.reading;
            let usage = Call::usage(operator);
            reading.paths.touch(target, usage, Some(command), &reading.folders, places);
            if !target.known().is_some_and(super::paths::is_harmless_device) {
                reading.doubt(DoubtKind::Redirect, Some(command));
            }
            if safe::is_device(&target.text) {
                reading.endangered(Danger::Device, Some(command));
            }
        }
    }

    /// The substitutions of a command that was recorded, its redirects included.
    pub(super) fn inner_substitutions(
        &mut self,
        call: &Call,
        command: usize,
        places: Places,
    ) -> Result<(), Stopped> {
        let inside = Level { within: Some(command), ..self.level };
        let outer = std::mem::replace(&mut self.level, inside);
        let mut done = Ok(());
        if let Some(node) = call.node {
            done = self.substitutions(node, places);
        }
        if let (Ok(()), Some(owner)) = (&done, call.redirects_of) {
            done = self.redirect_substitutions(owner, places);
        }
        self.level = outer;
        done
    }
}

fn is_redirect(kind: Kind) -> bool {
    matches!(kind, Kind::FileRedirect | Kind::HeredocRedirect | Kind::HereString)
}

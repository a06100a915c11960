//! What a patch says: hunks, one per file, and the chunks of those that update one.

/// What is to be done to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// As the patch writes it, blanks around it taken off.
    pub path: String,
    /// What is to be done.
    pub action: Action,
    /// The line of its header in the patch, from 1.
    pub line: usize,
}

/// What a [`Hunk`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The file gets this content, whether it exists or not.
    Add {
        /// Every line of it ends in `\n`.
        content: String,
    },
    /// The file goes.
    Delete,
    /// Parts of the file are replaced, and it may move.
    Update {
        /// The path it has afterwards, where that is another.
        move_to: Option<String>,
        /// In the order of the file; none only where the file just moves.
        chunks: Vec<Chunk>,
    },
}

/// Lines that stand together in the file, and what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunk {
    /// Lines to go past first, each after the one before: what stood behind `@@`.
    pub contexts: Vec<String>,
    /// The lines, without terminators.
    pub lines: Vec<Line>,
    /// The lines found are the last of the file.
    pub end_of_file: bool,
    /// Its first line in the patch, from 1.
    pub line: usize,
}

/// One line of a [`Chunk`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What becomes of it.
    pub kind: LineKind,
    /// Without its first character and its terminator.
    pub text: String,
}

/// What becomes of a [`Line`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// Stands in the file, and stays.
    Context,
    /// Stands in the file, and goes.
    Removed,
    /// Comes new.
    Added,
}

impl Chunk {
    /// The lines that must stand in the file.
    pub fn old(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.lines.iter().filter(|line| line.kind != LineKind::Added).map(|line| line.text.as_str())
    }
}

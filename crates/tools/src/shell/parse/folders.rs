//! Where a command may be when it runs: `cd` may have failed, a branch may not have been taken.

use std::path::{Path, PathBuf};

/// A set of folders, by their places in [`Folders`]; the last bit stands for "anywhere".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places(u32);

impl Places {
    /// Not reached at all.
    pub(super) const NEVER: Self = Self(0);
    /// It cannot be said where.
    pub(super) const ANYWHERE: Self = Self(1 << Folders::MAX);
    /// The folder the script starts in.
    pub(super) const START: Self = Self(1);

    /// Either of them.
    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in it.
    pub(super) fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    pub(super) fn is_never(self) -> bool {
        self == Self::NEVER
    }

    pub(super) fn may_be_anywhere(self) -> bool {
        self.covers(Self::ANYWHERE)
    }

    fn contains(self, place: usize) -> bool {
        self.0 & (1 << place) != 0
    }
}

/// Where a script is after a command that succeeded, and after one that failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flow {
    pub(super) success: Places,
    pub(super) failure: Places,
}

impl Flow {
    /// The command leaves the script where it is.
    pub(super) fn stays(places: Places) -> Self {
        Self { success: places, failure: places }
    }

    pub(super) fn either(self) -> Places {
        self.success.or(self.failure)
    }
}

/// The folders a script may be in, resolved.
#[derive(Debug)]
pub(super) struct Folders(Vec<PathBuf>);

impl Folders {
    /// A script that goes to more is followed no further.
    const MAX: usize = 31;

    pub(super) fn starting_in(start: PathBuf) -> Self {
        Self(vec![start])
    }

    /// The known ones of `places`.
    pub(super) fn known(&self, places: Places) -> impl Iterator<Item = &Path> {
        let inside = move |(place, _): &(usize, &PathBuf)| places.contains(*place);
        self.0.iter().enumerate().filter(inside).map(|(_, folder)| folder.as_path())
    }

    pub(super) fn place(&mut self, folder: PathBuf) -> Places {
        if let Some(place) = self.0.iter().position(|known| *known == folder) {
            return Places(1 << place);
        }
        if self.0.len() == Self::MAX {
            return Places::ANYWHERE;
        }
        self.0.push(folder);
        Places(1 << (self.0.len() - 1))
    }
}

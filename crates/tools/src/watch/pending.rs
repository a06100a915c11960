//! Changes that wait until somebody asks for them: no thread, no callback.

use std::io;
use std::path::Path;

use super::change::Change;
use super::hearing::Heard;
use super::source::Source;

/// Times it is listened anew at one question: the kernel keeps some 16,000 changes, each time takes half of them. Who
/// writes faster than they are taken is answered as if some were lost.
const TURNS_MAX: usize = 16;

/// Folders whose changes the kernel keeps until they are taken.
pub(crate) struct Pending {
    source: Source,
}

/// What has happened since the last time.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// In their order; a path of a folder beneath the root from there, another one absolute.
    pub(crate) changes: Vec<Change>,
    /// There was more, or the root is gone.
    pub(crate) lost: bool,
}

impl Pending {
    /// # Errors
    ///
    /// When the system has no more watchers to give, or tells of changes only some time after.
    pub(crate) fn open(root: &Path, folders_max: u64) -> io::Result<Self> {
        if !Source::TELLS_AT_ONCE {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(Self { source: Source::open(root, folders_max)? })
    }

    /// Keeps what happens in `folder` from now on; not beneath. `false`: there are too many folders.
    pub(crate) fn cover(&self, folder: &Path) -> bool {
        // Gone or no folder by now: that is told in the one above.
        !matches!(self.source.cover(folder), Ok(Some(_)))
    }

    /// Forgets `folder` and what lies beneath.
    pub(crate) fn uncover(&self, folder: &Path) {
        self.source.uncover(folder);
    }

    /// All that happened before the call.
    pub(crate) fn take(&self) -> Taken {
        let mut taken = Taken::default();
        let mut ear = self.source.ear();
        for _ in 0..TURNS_MAX {
            let all = ear.hear(&mut |heard| match heard {
                Heard::Change(change) => taken.changes.push(change),
                Heard::Lost | Heard::RootGone => taken.lost = true,
            });
            if all {
                return taken;
            }
        }
        taken.lost = true;
        taken
    }
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("folders", &self.source.folders()).finish()
    }
}

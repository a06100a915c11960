//! Counting what comes out of an archive, and stopping at a limit, at a deadline, or when cancelled.

use std::io::{self, Read};

use super::{ArchiveError, Progress};
use crate::Control;
use crate::limits::ArchiveLimits;

/// What may still come.
pub(super) struct Budget<'a> {
    limits: &'a ArchiveLimits,
    control: &'a Control,
    progress: &'a mut dyn FnMut(Progress),
    so_far: Progress,
    /// Size of the archive; what comes out is held against it.
    archive_bytes: u64,
}

impl<'a> Budget<'a> {
    pub(super) fn new(
        limits: &'a ArchiveLimits,
        control: &'a Control,
        archive_bytes: u64,
        progress: &'a mut dyn FnMut(Progress),
    ) -> Self {
        Self { limits, control, progress, so_far: Progress::default(), archive_bytes }
    }

    pub(super) fn limits(&self) -> &'a ArchiveLimits {
        self.limits
    }

    pub(super) fn so_far(&self) -> Progress {
        self.so_far
    }

    pub(super) fn check(&self) -> Result<(), ArchiveError> {
        Ok(self.control.check()?)
    }

    /// One entry more, whose size is said to be `size`.
    pub(super) fn entry(&mut self, size: u64) -> Result<(), ArchiveError> {
        self.check()?;
        self.so_far.entries += 1;
        self.file_size(size)?;
        let limit = self.limits.entries;
        if self.so_far.entries > limit {
            return Err(ArchiveError::TooBig { row: "archive.entries", limit, unit: "entries" });
        }
        (self.progress)(self.so_far);
        Ok(())
    }

    /// A file of `size` so far.
    fn file_size(&self, size: u64) -> Result<(), ArchiveError> {
        let limit = self.limits.file_bytes;
        if size > limit {
            let row = "archive.file_bytes";
            return Err(ArchiveError::TooBig { row, limit, unit: "bytes in one file" });
        }
        Ok(())
    }

    /// What would be there with `bytes` more.
    pub(super) fn total(&self, bytes: u64) -> Result<(), ArchiveError> {
        let total = self.so_far.bytes.saturating_add(bytes);
        let limit = self.limits.total_bytes;
        if total > limit {
            return Err(ArchiveError::TooBig { row: "archive.total_bytes", limit, unit: "bytes" });
        }
        let limit = self.limits.ratio;
        let most = self.archive_bytes.saturating_mul(limit);
        if total > most && total > self.limits.ratio_from_bytes {
            let unit = "times its own size in it";
            return Err(ArchiveError::TooBig { row: "archive.ratio", limit, unit });
        }
        Ok(())
    }

    fn bytes(&mut self, count: u64) -> Result<(), ArchiveError> {
        self.check()?;
        self.total(count)?;
        self.so_far.bytes += count;
        (self.progress)(self.so_far);
        Ok(())
    }
}

/// A reader whose bytes are counted. Its errors are [`ArchiveError`]s inside of [`io::Error`]s.
pub(super) struct Metered<'b, 'a, R> {
    inner: R,
    budget: &'b mut Budget<'a>,
    file_bytes: Option<u64>,
}

impl<'b, 'a, R: Read> Metered<'b, 'a, R> {
    /// The content of one file.
    pub(super) fn file(inner: R, budget: &'b mut Budget<'a>) -> Self {
        Self { inner, budget, file_bytes: Some(0) }
    }
}

impl<R: Read> Read for Metered<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.budget.bytes(count as u64).map_err(io::Error::other)?;
        if let Some(so_far) = &mut self.file_bytes {
            *so_far = so_far.saturating_add(count as u64);
            self.budget.file_size(*so_far).map_err(io::Error::other)?;
        }
        Ok(count)
    }
}

/// The same for a whole tar archive, whose entries are read out of it one by one while the budget is asked elsewhere.
pub(super) struct SharedMeter<'c, 'a, R> {
    pub(super) inner: R,
    pub(super) budget: &'c std::cell::RefCell<&'c mut Budget<'a>>,
}

impl<R: Read> Read for SharedMeter<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.budget.borrow_mut().bytes(count as u64).map_err(io::Error::other)?;
        Ok(count)
    }
}

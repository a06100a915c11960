//! Bytes that one library makes and the other lets go of.

use std::ops::Deref;
use std::ptr;

/// Bytes with the function that frees them: that of the library that made them.
///
/// An empty one needs no freeing. It may be sent to another thread and read from several.
#[repr(C)]
pub struct Buffer {
    start: *mut u8,
    length: usize,
    capacity: usize,
    free: Option<unsafe extern "C" fn(*mut u8, usize, usize)>,
}

// SAFETY: a buffer is the only owner of its bytes, and `free` gives back what came from an allocator of the whole process.
unsafe impl Send for Buffer {}
// SAFETY: a shared buffer can only be read.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// No bytes.
    pub const fn empty() -> Self {
        Self { start: ptr::null_mut(), length: 0, capacity: 0, free: None }
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Vec<u8>> for Buffer {
    /// Takes the bytes over without copying them.
    fn from(bytes: Vec<u8>) -> Self {
        let mut bytes = std::mem::ManuallyDrop::new(bytes);
        let (start, length, capacity) = (bytes.as_mut_ptr(), bytes.len(), bytes.capacity());
        Self { start, length, capacity, free: Some(free_vector) }
    }
}

/// # Safety
///
/// The three are those of a `Vec<u8>` that this library made and forgot.
unsafe extern "C" fn free_vector(start: *mut u8, length: usize, capacity: usize) {
    // SAFETY: as the caller promises.
    drop(unsafe { Vec::from_raw_parts(start, length, capacity) });
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        if self.start.is_null() {
            return &[];
        }
        // SAFETY: `start` and `length` are those of bytes that live until `free` is called, which is in `drop`.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(free) = self.free.take() {
            // SAFETY: the three are what `free` was given with, and it is called once: it was taken.
            unsafe { free(self.start, self.length, self.capacity) };
        }
    }
}

//! The state file: a whole state, followed by a journal of records, so that saving costs what changed.
//!
//! Knows nothing of what it keeps. One process owns a file at a time, by a lock on a second file beside it
//! (`….lock`), since the state file itself is replaced at each compaction.
//!
//! ```text
//! "cloacina-exporter state\n" | format version | frame: state | frame: record | frame: record | …
//! ```
//! Every append is on the disk before it returns, so a crash can tear only the last record, and that one was never
//! acted on: it is dropped. Anything else amiss is damage, and the file is set aside, never overwritten.

mod frame;
#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use atomic_write_file::AtomicWriteFile;
use atomic_write_file::unix::OpenOptionsExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use frame::Damage;

/// A journal may always grow to this many bytes, however small the state is.
const SMALLEST_JOURNAL_LIMIT: u64 = 4 * 1024 * 1024;
/// Readable by its owner only: names of workflows are nobody else's business.
const MODE: u32 = 0o600;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "the state file {} is in use by another exporter; stop it, or give each its own --state.file",
        path.display()
    )]
    InUse { path: PathBuf },
    #[error("cannot {action} the state file {}: {cause}; check the permissions and the space of its directory", path.display())]
    Io { action: &'static str, path: PathBuf, cause: io::Error },
    #[error("cannot encode what goes into the state file {}: {cause}", path.display())]
    Encode { path: PathBuf, cause: postcard::Error },
    #[error("cannot write {bytes} bytes as one record of the state file {}; the limit is 4 GiB", path.display())]
    TooLarge { path: PathBuf, bytes: usize },
    #[error("nothing may be appended to the state file {} before it is compacted", path.display())]
    NeedsCompaction { path: PathBuf },
}

/// A file that could not be used as a state.
#[derive(Debug)]
pub struct SetAside {
    /// Where the file is now.
    pub path: PathBuf,
    pub damage: Damage,
}

/// What `Store::open` found.
#[derive(Debug)]
pub struct Opened<S> {
    pub store: Store,
    /// The last whole state, with all records journaled after it folded in; `None` if there was none to use.
    pub state: Option<S>,
    /// Records folded into `state`.
    pub records: usize,
    /// Bytes of a torn last record that were dropped; 0 if the last append was completed.
    pub torn_bytes: u64,
    pub set_aside: Option<SetAside>,
}

/// An open state file, locked until dropped.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    /// Open for appending; `None` while nothing may be appended.
    journal: Option<File>,
    /// Where the last good record ends.
    length: u64,
    /// Where the journal begins.
    base: u64,
    _lock: File,
}

impl Store {
    /// Locks `path`, reads the state and folds the journaled records into it, oldest first. A missing or empty file is
    /// no error: there is then no state, and the store needs a compaction before the first append.
    ///
    /// Reads the whole file into memory for the time of the call.
    ///
    /// # Errors
    /// If another process holds the file, if it cannot be read, or if a damaged one cannot be renamed. Damage itself
    /// is no error: the file is then renamed to `….damaged-N`, and `set_aside` says so.
    pub fn open<S, R>(path: &Path, mut fold: impl FnMut(&mut S, R)) -> Result<Opened<S>, Error>
    where
        S: DeserializeOwned,
        R: DeserializeOwned,
    {
        let lock = lock(path)?;
        let mut store = Self { path: path.to_owned(), journal: None, length: 0, base: 0, _lock: lock };
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(store.io("read")(error)),
        };
        if bytes.is_empty() {
            return Ok(Opened { store, state: None, records: 0, torn_bytes: 0, set_aside: None });
        }
        match frame::restore(&bytes, &mut fold) {
            Ok(found) => {
                let torn_bytes = bytes.len() as u64 - found.end;
                store.continue_journal(found.base, found.end)?;
                Ok(Opened {
                    store,
                    state: Some(found.state),
                    records: found.records,
                    torn_bytes,
                    set_aside: None,
                })
            }
            Err(damage) => {
                let set_aside = Some(SetAside { path: store.set_aside()?, damage });
                Ok(Opened { store, state: None, records: 0, torn_bytes: 0, set_aside })
            }
        }
    }

    /// Writes one record behind the others and waits until it is on the disk.
    ///
    /// # Errors
    /// If it cannot be encoded or written. After a failed write nothing more can be appended until `compact`, so that
    /// no good record ever follows a torn one.
    pub fn append<R: Serialize>(&mut self, record: &R) -> Result<(), Error> {
        if self.journal.is_none() {
            return Err(Error::NeedsCompaction { path: self.path.clone() });
        }
        let frame = self.encode(Vec::new(), record)?;
        let Some(mut journal) = self.journal.take() else {
            return Err(Error::NeedsCompaction { path: self.path.clone() });
        };
        match journal.write_all(&frame).and_then(|()| journal.sync_data()) {
            Ok(()) => {
                self.length += frame.len() as u64;
                self.journal = Some(journal);
                Ok(())
            }
            Err(error) => {
                // The caller treats this record as unsaved; the disk should agree. Should this fail too, what is left
                // is a torn record, which the next start drops.
                let _ = journal.set_len(self.length);
                Err(self.io("append to")(error))
            }
        }
    }

    /// Replaces the file by `state` with an empty journal, in one step: at any crash there is the old file or the new.
    ///
    /// # Errors
    /// If it cannot be encoded or written, for instance on a full disk; the old file then stays as it was, and can still
    /// be appended to.
    pub fn compact<S: Serialize>(&mut self, state: &S) -> Result<(), Error> {
        let bytes = self.encode(frame::header(), state)?;
        let temporary = self.write_temporary(&bytes).map_err(self.io("write a new version of"))?;
        // The same open file: its position is its end, and it stays the same file through the rename.
        let journal = temporary.as_file().try_clone().map_err(self.io("reopen"))?;
        // Even if the next step fails, the path may lead to the new file, and the old journal to nowhere.
        self.journal = None;
        temporary.commit().map_err(self.io("replace"))?;
        self.base = bytes.len() as u64;
        self.length = self.base;
        self.journal = Some(journal);
        Ok(())
    }

    /// Whether the journal has outgrown the state, or cannot be continued.
    pub fn needs_compaction(&self) -> bool {
        self.journal.is_none() || self.journal_bytes() > SMALLEST_JOURNAL_LIMIT.max(2 * self.base)
    }

    /// Bytes of the records behind the state.
    pub fn journal_bytes(&self) -> u64 {
        self.length - self.base
    }

    fn encode<T: Serialize>(&self, mut into: Vec<u8>, value: &T) -> Result<Vec<u8>, Error> {
        let payload =
            postcard::to_stdvec(value).map_err(|cause| Error::Encode { path: self.path.clone(), cause })?;
        frame::write(&mut into, &payload)
            .map_err(|bytes| Error::TooLarge { path: self.path.clone(), bytes })?;
        Ok(into)
    }

    /// Opens the file for appending at `end`, cutting off what lies behind.
    fn continue_journal(&mut self, base: u64, end: u64) -> Result<(), Error> {
        let file = OpenOptions::new().append(true).open(&self.path).map_err(self.io("open"))?;
        file.set_len(end).and_then(|()| file.sync_data()).map_err(self.io("cut the torn end of"))?;
        (self.base, self.length, self.journal) = (base, end, Some(file));
        Ok(())
    }

    fn write_temporary(&self, bytes: &[u8]) -> io::Result<AtomicWriteFile> {
        let mut options = AtomicWriteFile::options();
        options.mode(MODE).preserve_mode(false);
        let mut file = options.open(&self.path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(file)
    }

    /// Renames a damaged file to the first free name, and returns that.
    fn set_aside(&self) -> Result<PathBuf, Error> {
        let mut number = 1_u32;
        loop {
            let target = beside(&self.path, &format!(".damaged-{number}"));
            if !target.exists() {
                fs::rename(&self.path, &target).map_err(self.io("set aside"))?;
                return Ok(target);
            }
            number = number.saturating_add(1);
        }
    }

    fn io(&self, action: &'static str) -> impl FnOnce(io::Error) -> Error + use<> {
        let path = self.path.clone();
        move |cause| Error::Io { action, path, cause }
    }
}

fn lock(path: &Path) -> Result<File, Error> {
    let failed = |cause| Error::Io { action: "lock", path: path.to_owned(), cause };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(MODE)
        .open(beside(path, ".lock"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

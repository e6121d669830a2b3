//! The state file: any bytes, and frames with true checksums around any bytes, so that what lies behind the checksums is
//! reached.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cloacina_exporter::config::Metrics;
use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::record::{Batch, Span};
use cloacina_exporter::state::{Settings, State};
use cloacina_exporter::store::{Opened, Store};
use serde::ser::{Serialize, SerializeTuple, Serializer};

use super::series;

/// Written as it is.
struct Raw<'a>(&'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        self.0.iter().try_for_each(|byte| tuple.serialize_element(byte))?;
        tuple.end()
    }
}

/// The first byte says whether the rest is the file, or payloads: a state of as many bytes as the next two say, and one
/// record. What is restored can be shown, and saved so that the same is restored.
pub(super) fn state_file(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else { return };
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let path = directory.path().join("state");
    if kind % 2 == 0 {
        fs::write(&path, rest).expect("a file can be written");
    } else {
        let Some((length, rest)) = rest.split_first_chunk::<2>() else { return };
        let (state, record) = rest.split_at(rest.len().min(usize::from(u16::from_le_bytes(*length))));
        let mut store = open(&path).store;
        store.compact(&Raw(state)).expect("a state can be written");
        if !record.is_empty() {
            store.append(&Raw(record)).expect("a record can be written");
        }
    }
    let Opened { mut store, state, set_aside, .. } = open(&path);
    let Some(state) = state else {
        assert!(set_aside.is_some() || rest.is_empty(), "a file that is no state is kept");
        return;
    };
    let shown = series::snapshot(&state, &Metrics::default());
    let page = encode::encode(&shown, Format::Protobuf, Options { created_samples: true });
    assert!(!page.is_empty());
    store.compact(&state).expect("a state can be written");
    drop(store);
    let again = open(&path).state.expect("what was written can be read");
    assert_eq!(format!("{again:?}"), format!("{state:?}"));
}

fn open(path: &Path) -> Opened<State> {
    let metrics = Metrics::default();
    let settings = Settings { metrics: &metrics, overlap: Span::from_seconds(120), keep_ended: true };
    Store::open(path, |state: &mut State, batches: Vec<(Arc<str>, Batch)>| {
        for (label, batch) in &batches {
            state.apply(label, batch, settings, 0);
        }
    })
    .expect("nobody else has the file")
}

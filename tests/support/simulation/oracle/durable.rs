//! Whether everything is there that was promised to survive power cuts.

use tgbio_core::store::LoggedChange;

use super::Evidence;
use crate::simulation::script::Script;

pub(super) fn check(all: &[Evidence], changes: &[LoggedChange], script: &Script, words: &mut Vec<String>) {
    words.extend(script.broken.iter().cloned());
    for told in &script.told {
        if changes.iter().find(|change| change.seq == told.seq) != Some(told) {
            words.push(format!("TOLD: entry {} of the change log is another one now: {told:?}", told.seq));
        }
    }
    if script.told.windows(2).any(|pair| pair[0].seq >= pair[1].seq) {
        words.push("TOLD: entries of the change log came out of order".to_owned());
    }
    for one in all {
        let noted = script.notes.get(&one.record.id);
        if one.record.note.as_ref() != noted {
            let found = &one.record.note;
            words
                .push(format!("NOTED: profile {} has the note {found:?}, and got {noted:?}", one.life.place));
        }
    }
}

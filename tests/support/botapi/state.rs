//! What the server knows: bots, chats, files, calls.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Instant;

use serde_json::{Value, json};

use super::Fault;

/// A message in a chat, as it stands now.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Its number in the chat.
    pub id: i64,
    /// Text or caption.
    pub text: String,
    /// Rows of buttons: label and data.
    pub keyboard: Vec<Vec<(String, String)>>,
    /// The file in it.
    pub file_id: Option<String>,
    /// How often it was changed.
    pub edits: usize,
    /// Counts the changes of the chat: a later one is larger.
    pub stamp: u64,
}

/// A call of a method.
#[derive(Debug, Clone)]
pub struct Call {
    /// Like `sendMessage`.
    pub method: String,
    /// The token of the bot.
    pub token: String,
    /// The chat, if it has one.
    pub chat: Option<i64>,
    /// When it came.
    pub at: Instant,
    /// What was answered.
    pub status: u16,
    /// The parameters.
    pub params: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Bot {
    pub(crate) id: i64,
    pub(crate) username: String,
    pub(crate) queue: VecDeque<(i64, Value)>,
    past: Vec<(i64, Value)>,
    next_update: i64,
    pub(crate) chats: HashMap<i64, Vec<Message>>,
    next_message: HashMap<i64, i64>,
    pub(crate) presented: BTreeMap<String, String>,
    pub(crate) webhook: Option<(String, String)>,
}

/// A fault that waits for its calls.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) method: String,
    /// Only calls whose text holds this.
    pub(crate) saying: String,
    pub(crate) fault: Fault,
    pub(crate) times: usize,
}

impl Wanted {
    fn fits(&self, method: &str, params: &Value) -> bool {
        let says = || params["text"].as_str().unwrap_or_default().contains(&self.saying);
        self.times > 0 && (self.method == method || self.method == "*") && says()
    }
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) bots: HashMap<String, Bot>,
    pub(crate) files: HashMap<String, bytes::Bytes>,
    pub(crate) calls: Vec<Call>,
    pub(crate) faults: Vec<Wanted>,
    /// Presses with their answers.
    pub(crate) presses: Vec<(String, Option<String>)>,
    /// People who have blocked a bot: token and account.
    pub(crate) blocked: HashSet<(String, i64)>,
    stamp: u64,
    next_file: u64,
}

impl State {
    pub(crate) fn add_bot(&mut self, token: &str, username: &str) {
        let id = 1_000 + i64::try_from(self.bots.len()).unwrap_or(0);
        let bot = Bot { id, username: username.to_owned(), next_update: 1, ..Bot::default() };
        self.bots.insert(token.to_owned(), bot);
    }

    /// The fault of such a kind that this call has.
    pub(crate) fn take_fault(
        &mut self,
        method: &str,
        params: &Value,
        kind: fn(&Fault) -> bool,
    ) -> Option<Fault> {
        let fits = |wanted: &&mut Wanted| wanted.fits(method, params) && kind(&wanted.fault);
        let wanted = self.faults.iter_mut().find(fits)?;
        wanted.times -= 1;
        Some(wanted.fault.clone())
    }

    pub(crate) fn push(&mut self, token: &str, mut update: Value) -> i64 {
        let Some(bot) = self.bots.get_mut(token) else { return 0 };
        let id = bot.next_update;
        bot.next_update += 1;
        if let Some(object) = update.as_object_mut() {
            object.entry("update_id").or_insert(json!(id));
        }
        bot.queue.push_back((id, update));
        id
    }

    pub(crate) fn redeliver(&mut self, token: &str, from: i64) {
        if let Some(bot) = self.bots.get_mut(token) {
            let again: Vec<_> = bot.past.iter().filter(|(id, _)| *id >= from).cloned().collect();
            bot.queue.retain(|(id, _)| again.iter().all(|(known, _)| known != id));
            bot.queue.extend(again);
            bot.queue.make_contiguous().sort_by_key(|(id, _)| *id);
        }
    }

    /// Updates from this number on. What lies before it is confirmed.
    pub(crate) fn updates(&mut self, token: &str, from: i64, most: usize) -> Vec<Value> {
        let Some(bot) = self.bots.get_mut(token) else { return Vec::new() };
        // What is redelivered keeps its number: a bot that asks from a later one has it already, and gets it all the same.
        while let Some(place) =
            bot.queue.iter().position(|(id, _)| *id < from && !bot.past.iter().any(|(p, _)| p == id))
        {
            if let Some(confirmed) = bot.queue.remove(place) {
                bot.past.push(confirmed);
            }
        }
        let out: Vec<(i64, Value)> = bot.queue.iter().take(most).cloned().collect();
        bot.queue.retain(|(id, _)| !bot.past.iter().any(|(past, _)| past == id));
        out.into_iter().map(|(_, update)| update).collect()
    }

    pub(crate) fn next_message(&mut self, token: &str, chat: i64) -> i64 {
        let Some(bot) = self.bots.get_mut(token) else { return 0 };
        let next = bot.next_message.entry(chat).or_insert(0);
        *next += 1;
        *next
    }

    pub(crate) fn stamp(&mut self) -> u64 {
        self.stamp += 1;
        self.stamp
    }

    pub(crate) fn keep_file(&mut self, token: &str, bytes: bytes::Bytes) -> String {
        self.next_file += 1;
        // What one bot knows a file by means nothing to another.
        let id = format!("F{}-{}", self.bots.get(token).map_or(0, |bot| bot.id), self.next_file);
        self.files.insert(id.clone(), bytes);
        id
    }

    pub(crate) fn chat(&mut self, token: &str, chat: i64) -> Option<&mut Vec<Message>> {
        Some(self.bots.get_mut(token)?.chats.entry(chat).or_default())
    }
}

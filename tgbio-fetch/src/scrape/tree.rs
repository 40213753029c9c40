//! The reference reader: the whole document through an HTML parser.

use std::borrow::Cow;

use scraper::node::Element;
use scraper::{Html, Node};

use super::collect::{Attributes, Collector, Parts};

impl Attributes for &Element {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = self.attrs.iter().find(|(key, _)| &*key.local == name && key.ns.is_empty());
        found.map(|(_, value)| Cow::Borrowed(&**value))
    }
}

/// Reads the parts of any document.
pub(super) fn parts(page: &str) -> Parts {
    let html = Html::parse_document(page);
    let mut collector = Collector::default();
    let mut node = html.tree.root();
    loop {
        open(&mut collector, node.value());
        if let Some(child) = node.first_child() {
            node = child;
            continue;
        }
        loop {
            close(&mut collector, node.value());
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            let Some(parent) = node.parent() else { return collector.finish() };
            node = parent;
        }
    }
}

fn close(collector: &mut Collector, node: &Node) {
    if node.is_element() {
        collector.close();
    }
}

fn open(collector: &mut Collector, node: &Node) {
    match node {
        Node::Element(element) => collector.open(element.name(), &element),
        Node::Text(text) => collector.text(text),
        _ => {}
    }
}

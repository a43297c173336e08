//! What of a node's files does not work by itself: position and phase go by the CAs alone.

use time::OffsetDateTime;

use super::super::directory::argument;
use super::work::Directory;
use crate::pki::{Misfit, PkiFile, client_fits};
use crate::rotation::steps::is_ready;
use crate::rotation::{Pair, State};
use crate::text::printable;
use crate::x509::Certificate;

/// Something that does not work, and what to do.
pub(super) struct Trouble {
    pub what: String,
    pub fix: String,
    /// kube-apiserver does not start with it.
    pub ends_start: bool,
}

/// Where a node stands, among `all` as arguments.
pub(super) struct Standing {
    pub all: String,
    pub state: Option<State>,
    /// Whether the key of the new CA lies in any of the directories.
    pub has_key: bool,
    pub now: OffsetDateTime,
}

impl Standing {
    /// What is wrong with a node, where a rotation is under way or not.
    pub(super) fn troubles(&self, node: &Directory, pair: Option<&Pair>) -> impl Iterator<Item = Trouble> + use<> {
        self.waiting(node, pair).into_iter().chain(self.in_use(node, pair.is_some()))
    }

    /// The client that lies ready.
    fn waiting(&self, node: &Directory, pair: Option<&Pair>) -> Option<Trouble> {
        let leaf = node.contents.next_client_certificates.present().and_then(|client| client.first());
        let ended = leaf.filter(|leaf| self.now > leaf.not_after).map(|leaf| leaf.not_after.date());
        let is_lacking =
            |pair: &&Pair| self.state == Some(State::Trusting) && !is_ready(&node.contents, &pair.new, self.now);
        let what = match (ended, pair.filter(is_lacking)) {
            (Some(date), _) => format!("the client of the new CA that lies ready ended on {date}; this makes another"),
            (None, Some(pair)) => format!(
                "no client of the new CA, {}, lies ready that could be put to use; {}",
                printable::line(&pair.new.subject.to_string()),
                if self.has_key {
                    "this makes one"
                } else {
                    "its key is in none of the directories; this says the ways out"
                }
            ),
            (None, None) => return None,
        };
        let fix = format!("aggcert rotate start {}", self.all);
        Some(Trouble { what: format!("{}: {what}", node.name()), fix, ends_start: false })
    }

    /// What the node uses: the first that is wrong with it.
    fn in_use(&self, node: &Directory, rotation: bool) -> Option<Trouble> {
        let contents = &node.contents;
        // Where one of them is missing the position cannot be told either.
        let (bundle, client) = contents.ca_certificates.present().zip(contents.client_certificates.present())?;
        let name = node.name();
        let trouble = |what: String, fix| Some(Trouble { what: format!("{name}: {what}"), fix, ends_start: false });
        let ends_start = |trouble| Trouble { ends_start: true, ..trouble };
        let dead = bundle.iter().find(|ca| ca.has_issued(client)).and_then(|ca| Some((ca, out_of_date(ca, self.now)?)));
        if let Some((ca, misfit)) = dead {
            let subject = ca.subject.to_string();
            let subject = printable::line(&subject);
            let what =
                format!("the CA of the client, {subject}, is not valid: {misfit}; extension API servers answer 401");
            // The way on is of use where the other CA works.
            let goes_on = rotation && bundle.iter().any(|ca| out_of_date(ca, self.now).is_none());
            return trouble(what, self.way_out_of(&misfit, goes_on));
        }
        let renew = format!("aggcert renew {}", argument(&node.path));
        let Some(key) = contents.client_key.present() else {
            let what = format!("{} cannot be used, and kube-apiserver does not start with it", PkiFile::ClientKey);
            return trouble(what, renew).map(ends_start);
        };
        let misfit = client_fits(client, &key.key, bundle, self.now).err()?;
        if matches!(misfit, Misfit::OtherKey) {
            let what = format!("{}: {misfit}; kube-apiserver does not start with them", PkiFile::ClientCertificate);
            return trouble(what, renew).map(ends_start);
        }
        let consequence = match misfit {
            _ if self.state == Some(State::Trusting) => {
                "extension API servers answer 401. The step that is next replaces it; where the old CA goes on for now, this \
                 does so at once"
            }
            _ => "extension API servers answer 401",
        };
        trouble(format!("{}: {misfit}; {consequence}", PkiFile::ClientCertificate), renew)
    }

    fn way_out_of(&self, misfit: &Misfit, rotation: bool) -> String {
        let all = &self.all;
        let replace = if rotation {
            format!("aggcert rotate next {all} --all")
        } else {
            // Nothing works, so that an overlap would keep nothing working.
            format!("aggcert rotate start {all} --at-once --accept-outage")
        };
        match misfit {
            // Under a clock that is behind, every other CA would begin too late as well.
            Misfit::NotYetValid(_) => format!("date -u    # set the clock where that is wrong; otherwise: {replace}"),
            _ => replace,
        }
    }
}

fn out_of_date(ca: &Certificate, now: OffsetDateTime) -> Option<Misfit> {
    let expired = (now > ca.not_after).then_some(Misfit::Expired(ca.not_after));
    expired.or((now < ca.not_before).then_some(Misfit::NotYetValid(ca.not_before)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the clock is right, looking at it changes nothing.
    #[test]
    fn a_ca_that_begins_later_has_a_way_out_beside_the_clock() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let standing = Standing { all: "node1 node2".to_owned(), state: None, has_key: true, now };
        for (rotation, way) in [(false, "rotate start node1 node2 --at-once"), (true, "rotate next node1 node2 --all")]
        {
            let fix = standing.way_out_of(&Misfit::NotYetValid(now), rotation);
            assert!(fix.starts_with("date -u    # ") && fix.contains(way), "{fix}");
        }
    }
}

//! A CA is replaced without an overlap, or was, and is put back.

use anyhow::bail;

use super::Rotation;
use super::arguments::StartArguments;
use crate::rotation::steps::{self, Authority};
use crate::rotation::{Fix, Illegal, Phase, State};
use crate::text::printable;
use crate::x509::Certificate;

impl Rotation<'_> {
    /// `--compromised`: no overlap, and no CA that was there before: the key of one under way lies beside the stolen one.
    pub(super) fn replace(&self, arguments: &StartArguments) -> anyhow::Result<Vec<String>> {
        if !arguments.accept_outage {
            bail!(
                "a CA whose key was stolen is replaced at once: until every node and extension API server has the new \
                 one, aggregated APIs answer 401\nhelp: announce the outage, then give --accept-outage"
            );
        }
        if !arguments.again {
            self.refuse_repetition()?;
        }
        let wishes = self.wishes(arguments, true)?;
        let begun = self.nodes.bundles().into_iter().filter(|ca| ca.not_before <= self.now).collect::<Vec<_>>();
        let new = Authority::new(&wishes.ca, &begun, self.now)?;
        let keeps_key = !self.nodes.has_ca_key();
        let changes = self.nodes.changes(|at, contents| {
            let client = wishes.client_of(contents);
            Ok(steps::replace(contents, &new, keeps_key && at == 0, &client, self.now)?)
        })?;
        self.nodes.write(changes, self.now)
    }

    /// The same command once more would be another outage.
    fn refuse_repetition(&self) -> anyhow::Result<()> {
        let bundles = self.nodes.bundles();
        let ([new], Some(old)) = (bundles.as_slice(), self.nodes.replaced_at_once()) else { return Ok(()) };
        let made = new.not_before.date();
        let [new, old] = [new, &old].map(|ca| printable::line(&ca.subject.to_string()).into_owned());
        bail!(
            "{new}, made on {made}, has taken the place of {old} in all directories already, and nothing was changed\
             \nhelp: `aggcert rotate status {}` prints how to go on; where the key of {new} was stolen, too, give --again",
            self.nodes.arguments()
        )
    }

    /// No overlap goes by way of a CA that has ended.
    pub(super) fn refuse_ended(&self, new: &Certificate) -> anyhow::Result<()> {
        if self.now <= new.not_after {
            return Ok(());
        }
        bail!(
            "the new CA, {}, ended on {}, so that no client of it works\
             \nhelp: `aggcert rotate start {} --at-once --accept-outage` replaces both CAs; where the old one works still, \
             `aggcert rotate abort {}` goes back to it",
            printable::line(&new.subject.to_string()),
            new.not_after.date(),
            self.nodes.arguments(),
            self.nodes.arguments()
        )
    }

    /// A CA that was replaced at once, with its client.
    pub(super) fn put_back(&self, position: &Result<(Phase, Vec<State>), Illegal>) -> anyhow::Result<Vec<String>> {
        let nothing = || match position {
            Ok(_) => anyhow::anyhow!("no rotation is under way: there is nothing to take back"),
            Err(illegal) => self.refuse(illegal),
        };
        let former: Certificate = self.nodes.replaced_at_once().ok_or_else(nothing)?;
        if position.as_ref().err().is_none_or(|illegal| illegal.fix() != Fix::Abort) {
            self.refuse_missing(&self.evidence.missing_to_go_back(Some(&former), &self.nodes.names(), &[]))?;
        }
        let changes =
            self.nodes.iter().map(|node| Ok(steps::put_back(&node.contents, &node.former()?, &former, self.now)?));
        self.commit(changes.collect::<anyhow::Result<Vec<_>>>()?)
    }
}

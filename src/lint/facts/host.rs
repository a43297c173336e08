//! The node whose files are looked at, and its keys.

use crate::lint::Context;
use crate::model::{FileFlag, KeyFile, PathFlag, Setup};
use crate::source::formats::layouts::key_of;

/// Where the copy of a node lies whose files were read; `None`: it is this host, or not known.
pub(crate) fn copy_of_node(setup: &Setup) -> Option<&str> {
    let bundles = [&setup.client_ca, &setup.requestheader_client_ca].into_iter();
    let bundles = bundles.filter_map(|file| Some((file.path()?, &file.loaded()?.anchors().first()?.origin)));
    let client = setup.proxy_client.loaded().and_then(|client| Some((setup.proxy_client.path()?, &client.leaf.origin)));
    client.into_iter().chain(bundles).find_map(|(path, origin)| {
        let copy = origin.file().name().strip_suffix(&setup.on_node(path)?)?;
        Some(copy).filter(|copy| path.starts_with('/') && !copy.is_empty())
    })
}

/// A file where the node has it: a command has the paths of one machine.
pub(crate) fn path_on_node<'a>(setup: &Setup, path: &'a str) -> &'a str {
    let on_node = copy_of_node(setup).and_then(|copy| path.strip_prefix(copy));
    on_node.filter(|path| path.starts_with('/')).unwrap_or(path)
}

/// Whether a component among the inputs is given a key, or the certificate that has one of this name: it ends without it.
pub(crate) fn is_in_use(key: &KeyFile, setup: &Setup, context: &Context<'_>) -> bool {
    let beside = context.beside.servers.iter().chain(&context.beside.other_components).copied();
    std::iter::once(setup).chain(beside).any(|one| is_named(key, one))
}

fn is_named(key: &KeyFile, setup: &Setup) -> bool {
    let keys = setup.signing_keys.iter();
    let mut keys = keys.chain([&setup.service_account_private_key, &setup.tls_private_key, &setup.proxy_client_key]);
    let is_it = |flag: &PathFlag, path: &str| match flag.path() {
        Some(_) => key.path == path || key.looked_at.ends_with(path.trim_start_matches('/')),
        None => false,
    };
    let is_of = |file: &PathFlag| file.path().and_then(key_of).is_some_and(|key| is_it(file, &key));
    let bundles = [&setup.client_ca, &setup.requestheader_client_ca].into_iter();
    let unseen = bundles.filter(|file| file.loaded().is_none()).map(|file| &file.flag);
    let signing = setup.signing_cas.iter().map(|file: &FileFlag<_>| &file.flag);
    keys.any(|file| file.path().is_some_and(|path| is_it(&file.flag, path))) || unseen.chain(signing).any(is_of)
}

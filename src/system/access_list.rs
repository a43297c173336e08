//! Who may use a file beside what its mode says, where the system has acl(5).

pub use here::{access_list, set_access_list};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod here {
    use std::fs::File;
    use std::io;

    use rustix::fs::{XattrFlags, fgetxattr, fsetxattr};
    use rustix::io::Errno;

    const NAME: &str = "system.posix_acl_access";
    /// In bytes, of any extended attribute (`XATTR_SIZE_MAX` of linux/limits.h).
    const LONGEST: usize = 64 * 1024;

    /// The access control list of a file, as the system keeps it; `None`: the mode says all.
    ///
    /// # Errors
    /// Those of getxattr(2).
    pub fn access_list(file: &File) -> io::Result<Option<Vec<u8>>> {
        let mut list = vec![0; LONGEST];
        match fgetxattr(file, NAME, list.as_mut_slice()) {
            Ok(length) => {
                list.truncate(length);
                Ok(Some(list))
            }
            Err(Errno::NODATA | Errno::NOTSUP) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a file the list of another.
    ///
    /// # Errors
    /// Those of setxattr(2).
    pub fn set_access_list(file: &File, list: &[u8]) -> io::Result<()> {
        Ok(fsetxattr(file, NAME, list, XattrFlags::empty())?)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod here {
    use std::fs::File;
    use std::io;

    /// No list is known here.
    ///
    /// # Errors
    /// None.
    pub fn access_list(_file: &File) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }

    /// There is none to give.
    ///
    /// # Errors
    /// None.
    pub fn set_access_list(_file: &File, _list: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

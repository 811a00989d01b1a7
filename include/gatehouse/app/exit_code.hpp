#pragma once

namespace gatehouse::app {

/// What the process's exit tells its supervisor; the systemd unit does not restart on 2 and 3.
enum exit_code : int {
  stopped_as_asked = 0,
  failed = 1,  ///< anything else
  bad_configuration = 2,
  refused_by_discord = 3,  ///< the same start would be refused again
};

}  // namespace gatehouse::app

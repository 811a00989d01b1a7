# cmake --install: the programs, the systemd unit (disabled until it is enabled), manual pages,
# completions, and the documents in the layout of the repository, so that their links work.
include(GNUInstallDirs)
foreach(program IN ITEMS gatehouse gatehouse-sim)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME)
  endif()
endforeach()
install(FILES config/gatehouse.service DESTINATION lib/systemd/system)
install(FILES config/gatehouse.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES config/gatehouse.toml.5 DESTINATION "${CMAKE_INSTALL_MANDIR}/man5")
install(FILES README.md CHANGELOG.md CONTRIBUTING.md TYPE DOC)
install(DIRECTORY docs config TYPE DOC PATTERN "*.[15]" EXCLUDE)
install(FILES include/gatehouse/controllers.hpp DESTINATION include/gatehouse)

set(completions "${PROJECT_BINARY_DIR}/completions") # src/app has them made
install(FILES "${completions}/bash" DESTINATION share/bash-completion/completions RENAME gatehouse)
install(FILES "${completions}/zsh" DESTINATION share/zsh/vendor-completions RENAME _gatehouse)
install(FILES "${completions}/fish" DESTINATION share/fish/vendor_completions.d RENAME gatehouse.fish)

# cmake --install: the programs, the systemd unit (disabled until it is enabled) and the documents.
include(GNUInstallDirs)
foreach(program IN ITEMS gatehouse gatehouse-sim)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME)
  endif()
endforeach()
install(FILES "${PROJECT_SOURCE_DIR}/config/gatehouse.service" DESTINATION lib/systemd/system)
install(FILES "${PROJECT_SOURCE_DIR}/config/gatehouse.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${PROJECT_SOURCE_DIR}/config/gatehouse.toml" "${PROJECT_SOURCE_DIR}/docs/admin.md" "${PROJECT_SOURCE_DIR}/docs/configuration.md"
              "${PROJECT_SOURCE_DIR}/docs/delivery.md" "${PROJECT_SOURCE_DIR}/docs/metrics.md"
              "${PROJECT_SOURCE_DIR}/docs/operations.md" "${PROJECT_SOURCE_DIR}/config/grafana-dashboard.json"
              "${PROJECT_SOURCE_DIR}/config/prometheus-alerts.yml"
        TYPE DOC)
install(FILES "${PROJECT_SOURCE_DIR}/include/gatehouse/controllers.hpp" DESTINATION include/gatehouse)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs/examples" TYPE DOC)

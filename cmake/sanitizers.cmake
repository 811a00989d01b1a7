# -DGATEHOUSE_SANITIZE=address,undefined or =thread instruments everything that is built here.
set(GATEHOUSE_SANITIZE "" CACHE STRING "Sanitizers for the whole build, as in -fsanitize=")
if(GATEHOUSE_SANITIZE)
  add_compile_options(-fsanitize=${GATEHOUSE_SANITIZE} -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${GATEHOUSE_SANITIZE})
  if(GATEHOUSE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  if(GATEHOUSE_SANITIZE MATCHES "thread")
    # GCC's -Wtsan objects to the fences inside Asio; TSan itself understands Asio's locks.
    add_compile_options(-Wno-tsan)
  endif()
endif()

# tidemill_add_plugin(<name> SOURCES <file>... [LINKS <library>...])
#   Builds <name>.so from C or C++: one exported symbol, nothing undefined, able to live beside another
#   version of itself. The target is called plugin_<name>. It lies in TIDEMILL_PLUGIN_DIRECTORY if that
#   is set, else in the build folder.
function(tidemill_add_plugin name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  set(target plugin_${name})
  add_library(${target} MODULE ${ARG_SOURCES})
  set_target_properties(
    ${target}
    PROPERTIES PREFIX ""
               OUTPUT_NAME ${name}
               SUFFIX .so
               C_VISIBILITY_PRESET hidden
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               LINK_DEPENDS ${map})
  if(TIDEMILL_PLUGIN_DIRECTORY)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${TIDEMILL_PLUGIN_DIRECTORY})
  endif()
  target_compile_features(${target} PRIVATE c_std_11 cxx_std_20)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_libraries(${target} PRIVATE Tidemill::sdk ${ARG_LINKS})
  target_link_options(${target} PRIVATE LINKER:--version-script=${map} LINKER:--exclude-libs,ALL)
  if(NOT TIDEMILL_SANITIZE AND NOT "${CMAKE_CXX_FLAGS} ${CMAKE_C_FLAGS}" MATCHES "-fsanitize")
    # A sanitizer's own symbols come with the program that loads the plugin.
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
endfunction()

# tidemill_add_plugin_tests(<name> [SETTINGS <key=value>...])
#   Runs the conformance kit on the plugin <name> of tidemill_add_plugin(), as the test
#   plugin.<name>.conformance. SETTINGS are values of configuration keys as in TOML: "weights=[1, 2]".
function(tidemill_add_plugin_tests name)
  cmake_parse_arguments(ARG "" "" "SETTINGS" ${ARGN})
  if(TARGET tidectl)
    set(tidectl $<TARGET_FILE:tidectl>)
  elseif(TARGET Tidemill::tidectl)
    set(tidectl $<TARGET_FILE:Tidemill::tidectl>)
  else()
    message(STATUS "conformance of plugin ${name}: not tested, tidectl was not installed with the SDK")
    return()
  endif()
  set(arguments "")
  foreach(setting ${ARG_SETTINGS})
    list(APPEND arguments --set ${setting})
  endforeach()
  add_test(NAME plugin.${name}.conformance COMMAND ${tidectl} plugin validate $<TARGET_FILE:plugin_${name}> ${arguments})
  set_tests_properties(plugin.${name}.conformance PROPERTIES TIMEOUT 600)
endfunction()

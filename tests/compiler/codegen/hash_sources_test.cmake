# Tests the hash of the sources of a back end. It deletes the contents of FOLDER:
#   cmake -D SCRIPT=hash_sources.cmake -D FOLDER=DIR -P hash_sources_test.cmake
cmake_minimum_required(VERSION 3.25)

# Sets `result` to the hash of a.cc and b/c.mlir of FOLDER/tree.
function(hash_of tree result)
  execute_process(COMMAND ${CMAKE_COMMAND} -D ROOT=${FOLDER}/${tree} -D FILES=${FOLDER}/files.txt
    -D NAME=kHash -D OUT=${FOLDER}/${tree}/out.cc -P ${SCRIPT} COMMAND_ERROR_IS_FATAL ANY)
  file(STRINGS ${FOLDER}/${tree}/out.cc line REGEX "^const char kHash\\[\\] = \"[0-9a-f]+\";$")
  string(REGEX MATCH "\"([0-9a-f]+)\"" quoted "${line}")
  string(LENGTH "${CMAKE_MATCH_1}" length)
  if(NOT length EQUAL 12)
    message(FATAL_ERROR "no hash of 12 digits in ${tree}/out.cc: ${line}")
  endif()
  set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

function(expect_equal a b)
  if(NOT a STREQUAL b)
    message(FATAL_ERROR "${a} and ${b} should be equal")
  endif()
endfunction()

function(expect_different a b)
  if(a STREQUAL b)
    message(FATAL_ERROR "${a} should have changed")
  endif()
endfunction()

file(REMOVE_RECURSE ${FOLDER})
file(WRITE ${FOLDER}/files.txt "a.cc\nb/c.mlir\n")
foreach(tree one two)
  file(WRITE ${FOLDER}/${tree}/a.cc "int a[] = {1; 2}; // a list?\n")
  file(WRITE ${FOLDER}/${tree}/b/c.mlir "%x = knob\n")
endforeach()

# A second call, and a call in another folder, give the same hash. An unchanged output is not written again.
hash_of(one first)
file(TIMESTAMP ${FOLDER}/one/out.cc written "%s" UTC)
execute_process(COMMAND ${CMAKE_COMMAND} -E sleep 1.1)
file(TOUCH ${FOLDER}/one/a.cc)
hash_of(one again)
file(TIMESTAMP ${FOLDER}/one/out.cc still "%s" UTC)
hash_of(two elsewhere)
expect_equal(${first} ${again})
expect_equal(${first} ${elsewhere})
expect_equal(${written} ${still})

# An edit of either file changes the hash, and undoing the edit restores it.
file(APPEND ${FOLDER}/two/b/c.mlir "// a comment\n")
hash_of(two edited)
expect_different(${first} ${edited})
file(WRITE ${FOLDER}/two/b/c.mlir "%x = knob\n")
hash_of(two undone)
expect_equal(${first} ${undone})
file(APPEND ${FOLDER}/two/a.cc "\n")
hash_of(two other)
expect_different(${first} ${other})

# The hash depends on which file has which content, and on which files there are.
file(WRITE ${FOLDER}/two/a.cc "%x = knob\n")
file(WRITE ${FOLDER}/two/b/c.mlir "int a[] = {1; 2}; // a list?\n")
hash_of(two swapped)
expect_different(${first} ${swapped})
file(WRITE ${FOLDER}/files.txt "a.cc\n")
hash_of(one fewer)
expect_different(${first} ${fewer})

# A missing file is an error.
file(WRITE ${FOLDER}/files.txt "a.cc\nmissing.cc\n")
execute_process(COMMAND ${CMAKE_COMMAND} -D ROOT=${FOLDER}/one -D FILES=${FOLDER}/files.txt -D NAME=kHash
  -D OUT=${FOLDER}/one/out.cc -P ${SCRIPT} RESULT_VARIABLE failed ERROR_QUIET)
if(failed EQUAL 0)
  message(FATAL_ERROR "a missing file was not noticed")
endif()
file(REMOVE_RECURSE ${FOLDER})

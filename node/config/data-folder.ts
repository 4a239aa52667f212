/** Names inside a node's data folder. */
export const databaseFile = 'tanemaki.sqlite'
export const managementKeyFile = 'management.key'
export const peersFile = 'peers.json'
export const endpointsFile = 'endpoints.json'
export const answersFile = 'answers.db'
export const nodeKeyFile = 'node.key'
export const blobsFolder = 'files'
export const processFile = 'node.pid'
